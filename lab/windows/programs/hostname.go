package windows

import (
	"context"
	"strings"
)

func (p *process) hostname(context.Context, []string) int {
	p.outln(computerName)
	return 0
}

func (p *process) whoami(context.Context, []string) int {
	if p.c.System {
		p.outln(`nt authority\system`)
		return 0
	}
	p.outln(strings.ToLower(computerName + `\` + p.m.user()))
	return 0
}
