package reader

import (
	"testing"

	"pollwire/test/rig"
)

func TestMain(m *testing.M) { rig.Main(m, nil) }
