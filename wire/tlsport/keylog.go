package tlsport

import (
	"fmt"
	"os"
	"sync"
)

// KeyLog is a file of TLS session keys in the format of NSS (RFC 9850), as browsers and curl write it where
// SSLKEYLOGFILE says:
//
//	CLIENT_TRAFFIC_SECRET_0 <client random, hex> <secret, hex>
//
// Whoever has the file and a capture can read everything in it: Wireshark, preference tls.keylog_file.
// A nil *KeyLog is switched off.
type KeyLog struct {
	file   *os.File
	failed func(error)
	once   sync.Once
}

// OpenKeyLog opens the file at path, or makes it with mode 0600, and appends: other programs may write to it as well.
// failed is called once if a line can't be written. Without a path it is nil.
func OpenKeyLog(path string, failed func(error)) (*KeyLog, error) {
	if path == "" {
		return nil, nil
	}
	if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		return nil, fmt.Errorf("%s is a pipe: opening it would wait for a reader", path)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &KeyLog{file: f, failed: failed}, nil
}

// Write appends a line. crypto/tls calls it once for each, so that lines of several programs don't mix. It never
// returns an error: crypto/tls would end the handshake, and a full disk is no reason to turn a class away.
func (k *KeyLog) Write(line []byte) (int, error) {
	if k == nil {
		return len(line), nil
	}
	if _, err := k.file.Write(line); err != nil {
		k.once.Do(func() { k.failed(err) })
	}
	return len(line), nil
}

// Close closes the file.
func (k *KeyLog) Close() error {
	if k == nil {
		return nil
	}
	return k.file.Close()
}
