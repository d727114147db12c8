package exercise

import (
	"bytes"
	"net"
	"sync"

	"pollwire/lab/netbox"
)

// handInA is said where the exercise has a network of its own: which capture is meant.
var handInA = Text{" (All tasks take place in the network of pollwire lab %[1]s -run %[2]s, and the capture of its " +
	"host a is handed in.)",
	" (모든 과제는 pollwire lab %[1]s -run %[2]s 명령이 만드는 네트워크에서 하며, 그 호스트 a의 " +
		"캡처를 제출한다.)"}

// inBox are tasks in the network of a run. The first one says so.
func inBox(exercise, code string, tasks []Task) []Task {
	where := handInA.With(exercise, code)
	tasks[0].Text = Text{tasks[0].Text[EN] + where[EN], tasks[0].Text[KO] + where[KO]}
	return tasks
}

// answering lets a host answer each datagram that comes to an address and begins with a text, by a short one. stop
// waits for its end.
func answering(h *netbox.Host, addr, text string) (stop func(), err error) {
	conn, err := h.ListenPacket("udp", addr)
	if err != nil {
		return nil, err
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		buf := make([]byte, 1<<16)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if bytes.HasPrefix(buf[:n], []byte(text)) {
				conn.WriteTo([]byte("heard: "+text), from)
			}
		}
	})
	return func() { conn.Close(); serving.Wait() }, nil
}

// say sends a datagram from a host and waits until it is answered. before may set up the socket.
func say(h *netbox.Host, addr, text string, before func(net.Conn) error) error {
	conn, err := h.Dial("udp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if before != nil {
		if err := before(conn); err != nil {
			return err
		}
	}
	return exchange(conn, text)
}
