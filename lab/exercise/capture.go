package exercise

// Capture is what was handed in.
type Capture struct{}

// Read reads a capture.
func Read(data []byte) (*Capture, error) { return &Capture{}, nil }

// Coverage is what it shows.
func (c *Capture) Coverage(lang string) any { return nil }
