// Package command is what the program does for a class beside serving it:
//
//	pollwire teacher    tells the address by which one becomes the teacher
//	pollwire new-class  begins a new class in a database that no server has open
package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"pollwire/class"
	"pollwire/class/teacherkey"
	"pollwire/data/files"
	"pollwire/data/groupcommit"
	"pollwire/ops/options"
	"pollwire/ops/settings"
	"pollwire/rest/cors"
)

// Command is a command as it was typed. It takes the flags of the server, too, and flags of its own.
type Command struct {
	Args     []string // behind its name
	Services []options.Service
	Stdout   io.Writer

	options options.Options
}

// flags returns those of the server, to which a command adds its own.
func (c *Command) flags() *flag.FlagSet { return c.options.Flags(c.Services, cors.Check) }

// read reads the settings. helped tells that help was asked for, and has been told.
func (c *Command) read(f *flag.FlagSet, usage string) (helped bool, err error) {
	if err = c.options.Read(f, c.Args); errors.Is(err, flag.ErrHelp) {
		settings.Help(c.Stdout, usage, f)
		return true, nil
	}
	return false, err
}

// Teacher is `pollwire teacher`.
func (c Command) Teacher() error {
	f := c.flags()
	renew := f.Bool("new", false, "make a new key; who came by the old one teaches no more")
	const usage = "pollwire teacher tells the address by which one becomes the teacher, whether a server runs or not.\n\n"
	if helped, err := c.read(f, usage); helped || err != nil {
		return err
	}
	key := teacherkey.Source{Dir: c.options.Data, Own: c.options.TeacherKey}
	return teacherkey.Tell(c.Stdout, key, settings.Local(c.options.Addr["files"]), *renew)
}

// NewClass is `pollwire new-class`. open opens the database.
func (c Command) NewClass(ctx context.Context, open func(path string) (*groupcommit.DB, error)) error {
	f, stays := c.flags(), class.Renewal{}
	f.BoolVar(&stays.KeepPlan, "keep-plan", true, "the polls of the plan come back as drafts")
	f.BoolVar(&stays.KeepFiles, "keep-files", false, "files of students stay, and are nobody's")
	const usage = "pollwire new-class begins a new class in a database that no server has open.\n\n"
	if helped, err := c.read(f, usage); helped || err != nil {
		return err
	}
	if _, err := os.Stat(c.options.DB); err != nil { // or an empty one would be made
		return fmt.Errorf("-db: %w", err)
	}
	db, err := open(c.options.DB)
	if err != nil {
		return fmt.Errorf("-db: %w", err)
	}
	defer db.Close()
	folder, err := files.Open(filepath.Join(c.options.Data, "files"), files.Config{Owners: files.OwnersIn(db)})
	if err != nil {
		return fmt.Errorf("-data: %w", err)
	}
	defer folder.Close()
	path, err := class.RenewAtRest(ctx, db, stays, folder.RemoveLeft)
	if path != "" {
		fmt.Fprintln(c.Stdout, "the class before is in", path)
	}
	return err
}
