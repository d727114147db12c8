//go:build race

package rig

// Race: the tests run with the race detector, and so does the program.
const Race = true
