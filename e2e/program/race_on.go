//go:build race

package program

// raceEnabled tells whether the tests look for races; then so does the binary.
const raceEnabled = true
