package lessons

import (
	"net"
	"testing"
)

// Where it fails the lesson goes on without: so it is tested here that on Linux it does not.
func TestFillable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := fillable(l.(*net.TCPListener)); err != nil {
		t.Error(err)
	}
	l.Close()
	if err := fillable(l.(*net.TCPListener)); err == nil {
		t.Error("no error of a closed listener")
	}
}
