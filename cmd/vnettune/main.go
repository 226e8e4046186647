// Command vnettune finds out which Windows network settings really make a KVM
// guest faster, by how much, and how sure that is.
package main

import (
	"fmt"
	"io"
	"os"

	"vnettune/lab/guest"
)

func main() {
	// The same binary is the init of the stand-in guest's virtual machine, and in it
	// every program of Windows that the guest agent starts.
	if guest.IsInit() {
		guest.Main()
		return
	}
	if guest.IsProgram() {
		os.Exit(guest.RunProgram())
	}
	os.Exit(vnettune(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// vnettune runs one command and returns the process's exit code. Machine output
// goes to stdout, all else to stderr.
func vnettune(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := withSignals(stderr)
	defer stop()
	root := newRootCmd()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && err.Error() != "" {
		fmt.Fprintf(stderr, "vnettune: %v\n", err)
	}
	return exitCode(signalled(ctx, err))
}
