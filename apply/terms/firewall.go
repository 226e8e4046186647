package terms

import (
	"fmt"
	"strconv"
	"strings"

	"vnettune/results/record"
)

// Firewall is what a guest says of the inbound rules of its firewall that block a program.
// A store that could not be read is in Problems, in the guest's words.
type Firewall struct {
	Problems map[string]string      `json:"problems"`
	Rules    record.List[BlockRule] `json:"rules"`
}

// BlockRule is one such rule.
type BlockRule struct {
	Name  string `json:"name"`  // of its value in the registry, by which cmdlets know it
	Store string `json:"store"` // StorePolicy, or the machine's own
	Rule  string `json:"rule"`  // in the grammar of [MS-GPFAS] 2.2.2.19
}

// StorePolicy is the Store of a rule that a group policy made.
const StorePolicy = "policy"

// fields are the values of a field of the rule, which may be there several times.
func (r BlockRule) fields(name string) []string {
	var all []string
	for part := range strings.SplitSeq(r.Rule, "|") {
		if v, ok := strings.CutPrefix(part, name+"="); ok {
			all = append(all, v)
		}
	}
	return all
}

// Shown is the name that people see of the rule.
func (r BlockRule) Shown() string {
	if names := r.fields("Name"); len(names) > 0 {
		return fmt.Sprintf("%s (%s)", names[0], r.Name)
	}
	return r.Name
}

// Numbers of IP's protocols.
const (
	protocolTCP = "6"
	protocolUDP = "17"
)

// Reaches says whether the rule is about the port, over TCP or UDP. A rule without a protocol
// or a port is about all of them. Which addresses, interfaces, users and networks it is about
// is not looked at.
func (r BlockRule) Reaches(port int) bool {
	for _, p := range r.fields("Protocol") {
		if p != protocolTCP && p != protocolUDP {
			return false
		}
	}
	ports := append(r.fields("LPort"), r.fields("LPort2_10")...)
	for _, p := range ports {
		from, to, isRange := strings.Cut(p, "-")
		first, err := strconv.Atoi(from)
		last := first
		if isRange && err == nil {
			last, err = strconv.Atoi(to)
		}
		if err == nil && first <= port && port <= last {
			return true
		}
	}
	return len(ports) == 0
}

// Token is what a guest says of the token of a logon that has no administrator's rights. A nil
// member could not be asked, or is not there.
type Token struct {
	Problems     map[string]string `json:"problems"`
	Filtered     *bool             `json:"filtered"` // the user is an administrator whose rights were taken away
	UAC          *int              `json:"EnableLUA"`
	FilterPolicy *int              `json:"LocalAccountTokenFilterPolicy"` // 1: nothing is taken from local administrators
}
