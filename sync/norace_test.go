//go:build !race

package calsync

// raceDetector says that the tests run under the race detector.
const raceDetector = false
