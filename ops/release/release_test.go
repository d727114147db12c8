package main

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAZipDependsOnNothingElse(t *testing.T) {
	at := time.Date(2026, 11, 28, 17, 59, 12, 0, time.UTC)
	files := []file{{"start.sh", 0o755, []byte("#!/bin/sh\n")}, {"README.md", 0o644, []byte("read\n")},
		{"a.pcapng.gz", 0o644, []byte("packed")}}
	var one, other bytes.Buffer
	if err := writeTo(&one, "p", files, at); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(files)
	if err := writeTo(&other, "p", files, at); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), other.Bytes()) {
		t.Error("the order of the files changes the zip")
	}
	z, err := zip.NewReader(bytes.NewReader(one.Bytes()), int64(one.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range z.File {
		got = append(got, f.Mode().String()+" "+f.Name)
		if !f.Modified.Equal(at) {
			t.Errorf("%s is of %v, want %v", f.Name, f.Modified, at)
		}
	}
	if want := "-rw-r--r-- p/README.md,-rw-r--r-- p/a.pcapng.gz,-rwxr-xr-x p/start.sh"; strings.Join(got, ",") != want {
		t.Errorf("in the zip are %v, want %s", got, want)
	}
	r, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(r); string(text) != "read\n" || err != nil {
		t.Errorf("README.md = %q, %v", text, err)
	}
}

func TestForWindows(t *testing.T) {
	common := []file{{"README.md", 0o644, []byte("a\n")}, {"LICENSE", 0o644, []byte("b\n")},
		{"start.cmd", 0o755, []byte("c\n")}}
	files := slices.Clone(common)
	forWindows(files)
	got := ""
	for _, f := range files {
		got += f.name + ":" + string(f.text)
	}
	if want := "README.md:a\nLICENSE.txt:b\r\nstart.cmd:c\r\n"; got != want || common[1].name != "LICENSE" {
		t.Errorf("for Windows = %q, want %q", got, want)
	}
}
