package lessons

import (
	"cmp"
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
	c, err := o.kitConfig(ctx)
	if err != nil {
		return err
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

// kitConfig is what the kit is adjusted to.
func (o *options) kitConfig(ctx context.Context) (wireshark.Config, error) {
	c := wireshark.Config{Ports: defaults}
	st, err := Find(ctx, cmp.Or(o.url, defaultURL))
	switch {
	case err == nil:
		c.Ports = maps.Clone(st.Ports)
	case o.url != "" || !errors.Is(err, errNobody):
		return c, err
	}
	err = nil
	if o.keyLog != "" {
		c.KeyLog, err = filepath.Abs(o.keyLog)
	}
	return c, err
}
