package banner

import "fmt"

func Example() {
	var b Banner
	b.Text("program 1.0")
	b.Gap()
	b.Row("page", "http://localhost:8080/", "http://192.168.0.23:8080/")
	b.Row("health", "off (-health)")
	b.Gap()
	b.Row("WARNING", "")
	fmt.Print(b.String())
	// Output:
	// program 1.0
	//
	//   page         http://localhost:8080/
	//                http://192.168.0.23:8080/
	//   health       off (-health)
	//
	//   WARNING
}
