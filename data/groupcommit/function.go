package groupcommit

import (
	"database/sql/driver"
	"io/fs"

	"modernc.org/sqlite"
)

// Function lets SQL call f: a migration may have to do what SQLite can't. It must be called before Open, and once for a
// name: all files of the process share it. What is not text, such as NULL, comes back as it is.
func Function(name string, f func(string) string) {
	sqlite.MustRegisterDeterministicScalarFunction(name, 1,
		func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			text, ok := args[0].(string)
			if !ok {
				return args[0], nil
			}
			return f(text), nil
		})
}

// Steps returns the texts of the files of a pattern in the order of their names, for Config.Migrations. files are built
// into the program: that one of them can't be read is a fault of the program.
func Steps(files fs.FS, pattern string) (steps []string) {
	names, err := fs.Glob(files, pattern)
	for _, name := range names {
		var step []byte
		if step, err = fs.ReadFile(files, name); err != nil {
			break
		}
		steps = append(steps, string(step))
	}
	if err != nil {
		panic(err)
	}
	return steps
}
