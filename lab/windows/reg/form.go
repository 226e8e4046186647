package reg

import (
	"strings"
	"vnettune/lab/windows/console"
	"vnettune/lab/windows/registry"
)

// Form is how one generation's reg.exe speaks.
type Form struct {
	head      string // before the answer of a query
	emptyKeys bool   // a key without values has its line too
	row       func(name string, v registry.Value) string
	views     bool     // knows /reg:64
	deepValue bool     // takes /v and /s together
	lacks     []string // kinds that /t does not take

	done, missing, canceled, denied, badData string

	choice string // of a question
	syntax func(verb string) error
	badKey func(verb string) error
}

// Vista is reg.exe of Vista and later. docs/facts/windows-samples.md 4 has the form of a
// query and exit code 1 for what is missing; the wording: not verified: ask a guest, reg
// query HKLM\none and reg add HKLM\SOFTWARE\x /q.
var Vista = &Form{
	head: "\n",
	row: func(name string, v registry.Value) string {
		if name == "" {
			name = "(Default)"
		}
		return "    " + name + "    " + registry.TypeName(v.Kind) + "    " + v.Text()
	},
	views:     true,
	deepValue: true,
	done:      "The operation completed successfully.",
	missing:   "ERROR: The system was unable to find the specified registry key or value.",
	canceled:  "The operation was canceled by the user.",
	denied:    "ERROR: Access is denied.",
	badData:   "ERROR: The parameter is incorrect.",
	choice:    "(Yes/No)",
	syntax: func(verb string) error {
		return console.Refusal("ERROR: Invalid syntax.\nType \"" + strings.TrimSpace("REG "+strings.ToUpper(verb)) + " /?\" for usage.")
	},
	badKey: func(verb string) error {
		return console.Refusal("ERROR: Invalid key name.\nType \"REG " + strings.ToUpper(verb) + " /?\" for usage.")
	},
}

// XP is reg.exe of XP and Server 2003. First line, tabs, <NO NAME>, the number's form, exit code 1
// and standard error for what is missing: docs/facts/windows-samples.md 4. No /v together with /s:
// Microsoft's page on StackTraceDatabaseSizeInMB (user mode stack trace database; the debugger's
// part of https://github.com/MicrosoftDocs/windows-driver-docs). The indent, the empty lines, the
// wording, the kinds and that a key without values is listed: not verified: ask a guest, reg query
// HKLM\SYSTEM\CurrentControlSet\Services\AFD\Parameters.
var XP = &Form{
	head:      "\n! REG.EXE VERSION 3.0\n\n",
	emptyKeys: true,
	row: func(name string, v registry.Value) string {
		if name == "" {
			name = "<NO NAME>"
		}
		return "    " + name + "\t" + registry.TypeName(v.Kind) + "\t" + v.Text()
	},
	lacks:    []string{"QWord"},
	done:     "\nThe operation completed successfully",
	missing:  "\nError:  The system was unable to find the specified registry key or value\n",
	canceled: "\nThe operation was canceled by the user",
	denied:   "\nError:  Access is denied.\n",
	badData:  "\nError:  The parameter is incorrect.\n",
	choice:   "(Y/N)",
	syntax: func(string) error {
		return console.Refusal("\nError:  Invalid command-line parameters\n")
	},
	badKey: func(string) error {
		return console.Refusal("\nError:  Invalid key name\n")
	},
}
