// Package output makes text of what the guest's programs write: code pages and UTF-16
// become UTF-8 (Text), PowerShell's CLIXML becomes the errors in it (ErrorText).
//
// It stands between apply/winrm, which brings the bytes, and whoever reads them; it
// knows nothing of the wire.
package output
