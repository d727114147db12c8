//go:build !race

package rig

const race = false
