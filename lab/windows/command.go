package windows

import (
	"context"
	"io"
)

// Command is one process as a WinRM shell starts it.
type Command struct {
	Line           string            // the command, with its arguments or without
	Args           []string          // further arguments, joined to Line by spaces
	Stdin          io.Reader         // nil: at its end
	Stdout, Stderr io.Writer         // nil: thrown away
	CodePage       int               // of the output; 65001 is UTF-8, 0 the OEM code page
	Env            map[string]string // of the shell, beside the machine's own
	Dir            string            // working directory; "" is the user's profile
	Shell          bool              // through cmd.exe
}

// OSInfo is what a management query (Win32_OperatingSystem) tells of the machine.
type OSInfo struct {
	Caption      string
	Version      string // "10.0.19045"
	Build        string // "19045"
	Locale       string // hex language id, "0409"
	CodeSet      string // ANSI code page
	OSLanguage   int    // decimal language id
	ProductType  int    // 1 client, 2 domain controller, 3 server
	ComputerName string
	LastBoot     string // CIM datetime, yyyymmddHHMMSS.ffffff+UUU
	LocalTime    string // CIM datetime
}

// Run plays one process to its end and returns its exit code.
func (m *Machine) Run(ctx context.Context, c Command) int { return 1 }
