package privatefile

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Secret returns the n random bytes that are in the file at path, in hexadecimal, or makes both file and folder the
// first time. A file that holds anything else is an error: whoever made it has to decide what becomes of it.
func Secret(path string, n int) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	text, err := Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		secret := make([]byte, n)
		rand.Read(secret) // never fails
		return secret, Write(path, []byte(hex.EncodeToString(secret)+"\n"))
	}
	if err != nil {
		return nil, err
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(secret) != n {
		return nil, fmt.Errorf("%s must hold %d hex characters; delete it to get a new one", path, 2*n)
	}
	return secret, nil
}
