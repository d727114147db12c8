package lessons

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"pollwire/lab/pcap"
	"pollwire/wire/pcapng"
)

// toldAs is a recording of one filter and one question.
func toldAs(port, question string, packets int) *recording {
	lesson := Lesson{Name: "x", Title: Text{"x", "x"}, Aim: Text{"x", "x"}}
	return &recording{&played{Lesson: lesson, stage: recordedStage(),
		events: []Event{
			{Type: Step, Step: 1, Text: Text{"A step.", "한 단계."}},
			{Type: Sent, Step: 1, Lines: []string{port}},
			{Type: Filter, Step: 1, Filter: "tcp.port == " + port, Packets: packets, Exact: true, Host: "a",
				Text: Text{"some", "얼마"}},
			{Type: Question, Text: Text{question, "왜?"}, Answer: Text{"Because.", "그래서."}},
		}}, map[string][]byte{"a": compressed([]byte(port))}}
}

// What changes by itself, a port say, is no reason to record a lesson anew; what its author changes is one.
func TestALessonIsRecordedAnewWhenItHasChanged(t *testing.T) {
	old := toldAs("40001", "Why?", 2)
	for name, of := range map[string]struct {
		now  *recording
		same bool
	}{
		"another port":     {toldAs("50002", "Why?", 2), true},
		"another question": {toldAs("40001", "Why not?", 2), false},
		"another promise":  {toldAs("40001", "Why?", 3), false},
	} {
		if old.saysTheSame(of.now) != of.same {
			t.Errorf("%s: the same is %v", name, !of.same)
		}
	}
	more := toldAs("40001", "Why?", 2)
	if more.captures["b"] = nil; old.saysTheSame(more) {
		t.Error("a capture of one more host is not noticed")
	}
}

func TestARecordingIsReadAsItWasWritten(t *testing.T) {
	r, folder := toldAs("40001", "Why?", 2), t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "x"), 0o777); err != nil {
		t.Fatal(err)
	}
	stale := filepath.Join(folder, "x", "b.pcapng.gz")
	if err := os.WriteFile(stale, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := r.write(filepath.Join(folder, "x"), io.Discard); err != nil {
		t.Fatal(err)
	}
	got, err := readRecording(os.DirFS(folder), r.Lesson)
	if err != nil || !got.saysTheSame(r) || string(got.captures["a"]) != string(r.captures["a"]) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := os.Stat(stale); err == nil {
		t.Error("a capture of before is still there")
	}
	if _, err := readRecording(os.DirFS(folder), Lesson{Name: "y"}); err != errNotReady {
		t.Errorf("a lesson that nobody has recorded: %v", err)
	}
}

// The keys stand before the packets that they decrypt, and the packets are as they were.
func TestACaptureGetsItsKeys(t *testing.T) {
	capture := pcapng.AppendInterface(pcapng.AppendSection(nil, "comment", "test"), pcapng.Ethernet, "eth0", "")
	start := len(capture)
	capture = pcapng.EndPacket(append(pcapng.BeginPacket(capture, 0, 14), make([]byte, 14)...), start, nil)
	with := withSecrets(capture, []byte("CLIENT_RANDOM 1 2\n"))
	before, err := pcap.ReadAll(capture)
	if err != nil || len(before) != 1 {
		t.Fatal(before, err)
	}
	after, err := pcap.ReadAll(with)
	if err != nil || len(after) != 1 || len(with) <= len(capture) {
		t.Errorf("%v, %v, %d bytes of %d", after, err, len(with), len(capture))
	}
	if string(withSecrets(capture, nil)) != string(capture) {
		t.Error("a capture without keys has changed")
	}
}
