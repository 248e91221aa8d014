//go:build !windows

package models

import "os"

// ownerOnly leaves a file to its owner.
func ownerOnly(path string) error { return os.Chmod(path, 0o600) }
