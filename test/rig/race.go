//go:build race

package rig

// race: the tests run with the race detector, and so does the program.
const race = true
