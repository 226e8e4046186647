package scripts

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/netsh"
)

type udpAnswer struct {
	Problems map[string]string `json:"problems"`
	Dump     []string          `json:"dump"` // nil where netsh has none
}

// playUDP plays the contract "udp": what netsh prints is what it prints to anybody.
func playUDP(ctx context.Context, m *machine.Machine, _ struct{}) (any, error) {
	var out bytes.Buffer
	p := &machine.Process{Machine: m, Command: machine.Command{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, CodePage: 65001}}
	code := netsh.Exe(ctx, p, strings.Fields("netsh interface udp dump"))
	lines, words := []string{}, []string{}
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "set ") {
			lines = append(lines, line)
		}
		if line != "" {
			words = append(words, line)
		}
	}
	if len(lines) == 0 && code != 0 {
		return udpAnswer{Problems: map[string]string{"dump": fmt.Sprintf("exit code %d: %s", code, strings.Join(words, " "))}}, nil
	}
	return udpAnswer{Problems: map[string]string{}, Dump: lines}, nil
}
