package apply_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"vnettune/apply"
	"vnettune/apply/scripts"
	"vnettune/apply/winrm"
)

// spoilt is a stand-in whose answers to one script lack something.
type spoilt struct {
	*standIn
	script scripts.Name
	spoil  func(answer map[string]any)
}

func (s spoilt) Run(ctx context.Context, command string, stdin []byte) (winrm.Result, error) {
	result, err := s.standIn.Run(ctx, command, stdin)
	if n, ok := scripts.Sent(command); err != nil || !ok || n != s.script {
		return result, err
	}
	var answer map[string]any
	if err := json.Unmarshal(result.Stdout, &answer); err != nil {
		return result, err
	}
	s.spoil(answer)
	result.Stdout, err = json.Marshal(answer)
	return result, err
}

// lacks takes parts away, with the guest's words for each.
func lacks(parts ...string) func(map[string]any) {
	return func(answer map[string]any) {
		problems := map[string]any{}
		for _, p := range parts {
			answer[p], problems[p] = nil, "Zugriff verweigert"
		}
		answer["problems"] = problems
	}
}

// A part of an answer that could not be asked takes what needs it, named, and nothing else;
// it is no number and no value that is not there.
func TestAPartThatCannotBeRead(t *testing.T) {
	ids := []string{"afd.DefaultSendWindow", "tcp.autotuninglevel", "tcp.initialrto", "template.congestionprovider", "ip.mtu"}
	inUse := []any{map[string]any{"port": 5985, "template": "Internet"}}
	for _, c := range []struct {
		name   string
		spoil  func(map[string]any)
		id     string // of the setting that is asked for
		refuse string // "" for none
	}{
		{"nothing is missing", lacks(), ids[2], ""},
		{"the registry, for a value there", lacks("registry"), ids[0], "the guest's registry cannot be read: Zugriff verweigert"},
		{"templates, for a value in the registry", lacks("templates"), ids[0], ""},
		{"templates, for a key of the dump", lacks("templates"), ids[1], ""},
		{"templates, for their property", func(a map[string]any) {
			lacks("templates")(a)
			a["applied"] = inUse
		}, ids[3], "the guest's templates cannot be read: Zugriff verweigert"},
		{"the dump and templates, for a key of the dump", lacks("dump", "templates"), ids[1], "the guest's dump cannot be read: Zugriff verweigert"},
		{"connections, for a template", lacks("applied"), ids[3], "the guest's applied cannot be read: Zugriff verweigert"},
		{"connections, for the registry", lacks("applied"), ids[0], ""},
		{"names of providers, for one", func(a map[string]any) {
			a["problems"], a["applied"] = map[string]any{"congestion": "Zugriff verweigert"}, inUse
			for _, t := range a["templates"].([]any) {
				delete(t.(map[string]any)["values"].(map[string]any), "CongestionProvider")
			}
		}, ids[3], "the guest's congestion cannot be read: Zugriff verweigert"},
		{"interfaces, for an MTU", lacks("interfaces"), ids[4], "the guest's interfaces cannot be read: Zugriff verweigert"},
		{"interfaces, for the registry", lacks("interfaces"), ids[0], ""},
		{"an MTU that is null", func(a map[string]any) {
			if i, ok := a["interfaces"].([]any); ok && len(i) > 0 {
				i[0].(map[string]any)["mtu"] = nil
			}
		}, ids[4], "does not report interface"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := apply.New(spoilt{newStandIn(t), scripts.Read, c.spoil}, guestAddress, 5985, nil)
			f, _, err := g.Facts(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_, err = g.Originals(t.Context(), f, planned(t, c.id))
			if (err == nil) != (c.refuse == "") || err != nil && !strings.Contains(err.Error(), c.refuse) {
				t.Errorf("%s: error %v, want %q", c.id, err, c.refuse)
			}
		})
	}
}

// What is needed before a guest may be touched is refused by name where it was not given.
func TestFactsThatLackAPart(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(map[string]any)
		want  string
	}{
		{"no operating system", func(a map[string]any) {
			lacks("os")(a)
			a["build"], a["bootTime"] = nil, nil
		}, "lacks the build, the boot time or the clock: os: Zugriff verweigert"},
		{"no adapters", lacks("adapters"), "the guest's adapters cannot be read: Zugriff verweigert"},
		{"no addresses", func(a map[string]any) {
			lacks("addresses")(a)
			a["adapters"].([]any)[0].(map[string]any)["addresses"] = []any{}
		}, "the guest's addresses cannot be read: Zugriff verweigert"},
		{"an adapter that is down", func(a map[string]any) { a["adapters"].([]any)[0].(map[string]any)["mtu"] = nil }, ""},
		{"an MTU without a limit", func(a map[string]any) { a["adapters"].([]any)[0].(map[string]any)["mtu"] = 4294967295 }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := apply.New(spoilt{newStandIn(t), scripts.Facts, c.spoil}, guestAddress, 5985, nil)
			f, _, err := g.Facts(t.Context())
			if err == nil {
				_, err = g.AdapterUnderTest(f)
			}
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
