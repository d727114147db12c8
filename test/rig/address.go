package rig

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// SpareAddr is an address of 127.0.0.1 that nobody listens at, neither by TCP nor by UDP. Its port lies below those
// that systems hand out (Linux from 32768, others from 49152), so that no test that runs beside this one gets it.
func SpareAddr(t testing.TB) string {
	t.Helper()
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", 10000+rand.IntN(10000))
		tcp, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		udp, err := net.ListenPacket("udp", addr)
		tcp.Close()
		if err != nil {
			continue
		}
		udp.Close()
		return addr
	}
	t.Fatal("no port of 127.0.0.1 is free")
	return ""
}
