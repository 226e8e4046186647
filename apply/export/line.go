package export

import (
	"errors"
	"fmt"
	"regexp"

	"vnettune/matrix"
	"vnettune/results/record"
)

// cmdletWord is what the name and the value of a setting of a cmdlet may be in a line.
var cmdletWord = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// CommandLine is the line by which a person gives a place a value, as an administrator: one of cmd.exe, or of
// PowerShell where only a cmdlet can. The steps are those by which a guest is written; the error says why there is
// no line.
func CommandLine(o record.Original, v matrix.Value) (string, error) {
	step, err := stepTo(o, v)
	if err != nil {
		return "", err
	}
	if step.Op == "offload" {
		if !cmdletWord.MatchString(step.Name) || !cmdletWord.MatchString(step.Data) {
			return "", fmt.Errorf("a line cannot have the words %q and %q", step.Name, step.Data)
		}
		return fmt.Sprintf("powershell -Command Set-NetOffloadGlobalSetting -%s %s", step.Name, step.Data), nil
	}
	c, err := cmdLines(step)
	if err == nil && c.do == "" {
		err = errors.New("no command does it")
	}
	return c.do, err
}
