// Wsclient is the smallest useful WebSocket client (RFC 6455): it sends each argument as a text message, prints what
// comes, and ends when nothing has come for a while.
//
//	go run ./lab/wsclient ws://localhost:8001/ws '{"event":"user:join","data":{"nickname":"Lee"},"id":1}'
//
// It is a program of its own, for a machine that has Go and no other client, and for a look at both ends of the wire.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"golang.org/x/net/websocket"
)

func main() {
	quiet := flag.Duration("quiet", time.Second, "end when nothing has come for so long")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: go run ./lab/wsclient [-quiet 1s] URL [MESSAGE ...]")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := talk(flag.Arg(0), flag.Args()[1:], *quiet); err != nil {
		fmt.Fprintln(os.Stderr, "wsclient:", err)
		os.Exit(1)
	}
}

// talk sends the messages and prints both directions until it has been quiet for so long.
func talk(url string, messages []string, quiet time.Duration) error {
	conn, err := websocket.Dial(url, "", "http://localhost") // the Origin that a page on this machine would have
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, m := range messages {
		fmt.Println("->", m)
		if err := websocket.Message.Send(conn, m); err != nil {
			return err
		}
	}
	for {
		conn.SetReadDeadline(time.Now().Add(quiet))
		var text string
		err := websocket.Message.Receive(conn, &text)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the server ended the connection: %w", err)
		}
		fmt.Println("<-", text)
	}
}
