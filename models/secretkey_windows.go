package models

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// ownerOnly leaves a file to its owner, to the system and to administrators,
// and keeps it from inheriting what its folder allows to others: Windows does
// not know the mode bits of Unix.
func ownerOnly(path string) error {
	sd, err := windows.SecurityDescriptorFromString("D:P(A;;FA;;;OW)(A;;FA;;;SY)(A;;FA;;;BA)")
	if err != nil {
		return fmt.Errorf("rights of the key file: %w", err)
	}
	dacl, _, err := sd.DACL()
	if err != nil {
		return fmt.Errorf("rights of the key file: %w", err)
	}
	err = windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT,
		windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, dacl, nil)
	if err != nil {
		return fmt.Errorf("rights of the key file: %w", err)
	}
	return nil
}
