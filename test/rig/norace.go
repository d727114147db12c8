//go:build !race

package rig

const Race = false
