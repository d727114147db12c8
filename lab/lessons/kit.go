package lessons

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"

	"pollwire/lab/wireshark"
)

// kit is `pollwire lab kit [FOLDER]`: it writes what makes Wireshark understand this traffic, for the ports of the
// server at -url, or of the one that runs on this computer, or the default ones.
func (o *options) kit(ctx context.Context, w io.Writer, args []string) error {
	folder := "pollwire-wireshark"
	switch len(args) {
	case 0:
	case 1:
		folder = args[0]
	default:
		return errors.New("kit: one folder")
	}
	c := wireshark.Config{Ports: defaults}
	url := o.url
	if url == "" {
		url = defaultURL
	}
	if st, err := Find(ctx, url); err == nil {
		c.Ports = maps.Clone(st.Ports)
	} else if o.url != "" || !errors.Is(err, errNobody) {
		return err
	}
	var err error
	if o.keyLog != "" {
		if c.KeyLog, err = filepath.Abs(o.keyLog); err != nil {
			return err
		}
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return err
	}
	if err = wireshark.Write(folder, c); err != nil {
		return fmt.Errorf("kit: %w", err)
	}
	readme, err := wireshark.Readme(o.lang, c)
	if err == nil {
		fmt.Fprintf(w, "%s\n\n%s", Text{"Written into %s", "%s 에 만들었습니다"}.With(folder).In(o.lang), readme)
	}
	return err
}
