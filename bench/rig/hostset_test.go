package rig

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vnettune/bench/hostset"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/results"
)

// processors makes a host with that many of them, all of one governor.
func processors(t *testing.T, n int, governor string) hostset.Root {
	t.Helper()
	root := t.TempDir()
	for i := range n {
		write(t, filepath.Join(root, fmt.Sprintf("sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor", i)), governor)
	}
	write(t, filepath.Join(root, "proc/sys/net/ipv4/tcp_congestion_control"), "cubic")
	return hostset.Root(root)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

// says counts what the files of a host say.
func says(t *testing.T, root hostset.Root) map[string]int {
	t.Helper()
	all := map[string]int{}
	for _, pattern := range []string{"sys/devices/system/cpu/cpu*/cpufreq/scaling_governor", "proc/sys/net/ipv4/tcp_congestion_control"} {
		files, err := filepath.Glob(filepath.Join(string(root), pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all[strings.TrimSpace(string(text))]++
		}
	}
	return all
}

func emptyStore(t *testing.T) *results.Store {
	t.Helper()
	text := []byte("name: c\nguest: {lab: {kind: fast}}\ndesign: aa\nlabels: 2\n")
	c, err := campaign.Parse("c.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := c.Plan(matrix.W10)
	if err != nil {
		t.Fatal(err)
	}
	s, err := results.OpenOrCreate(filepath.Join(t.TempDir(), "c.db"), results.Campaign{Name: "c", File: "c.yaml", Text: text, Generation: string(matrix.W10), Plan: plan, Created: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// A session sets more files than an event holds, and the next one, behind a crash, puts them back.
func TestTheHostIsSetAndPutBack(t *testing.T) {
	root, s := processors(t, 3*mostChanges/2, "powersave"), emptyStore(t)
	asked := map[string]string{hostset.Governor: "performance", hostset.CongestionControl: "reno"}
	var told []string
	tell := func(what string) { told = append(told, what) }
	if err := setHost(s, root, asked, false, tell); err != nil {
		t.Fatal(err)
	}
	if got := says(t, root); got["performance"] != 75 || got["reno"] != 1 || len(got) != 2 {
		t.Errorf("set: %v", got)
	}
	if len(told) != 2 {
		t.Errorf("told %q", told)
	}
	if set, err := HostIsSet(s); !set || err != nil {
		t.Errorf("set %v, %v", set, err)
	}
	// The next session sets it anew, from what it was before the first.
	if err := setHost(s, root, map[string]string{hostset.Governor: "schedutil"}, false, tell); err != nil {
		t.Fatal(err)
	}
	if got := says(t, root); got["schedutil"] != 75 || got["cubic"] != 1 {
		t.Errorf("set by the second: %v", got)
	}
	if err := putHostBack(s, root, false, tell); err != nil {
		t.Fatal(err)
	}
	if got := says(t, root); got["powersave"] != 75 || got["cubic"] != 1 {
		t.Errorf("put back: %v", got)
	}
	if set, err := HostIsSet(s); set || err != nil {
		t.Errorf("put back, and still set: %v, %v", set, err)
	}
}

// What ended with its host's boot, or with a lab's network namespace, is not written where it never was; what lives on
// elsewhere is said, and stays noted.
func TestWhatHasEndedIsNotPutBack(t *testing.T) {
	boot, network := here()
	for name, c := range map[string]struct {
		host, boot, network string
		lab                 bool
		want                map[string]int
		left                string
	}{
		"this one":                   {hostName(), boot, network, false, map[string]int{"powersave": 1, "cubic": 1}, ""},
		"another boot":               {hostName(), "another", network, false, map[string]int{"performance": 1, "reno": 1}, ""},
		"another host":               {"elsewhere", boot, network, false, map[string]int{"performance": 1, "reno": 1}, "it was set on elsewhere"},
		"a lab's network that ended": {hostName(), boot, "net:[1]", true, map[string]int{"powersave": 1, "reno": 1}, ""},
		"another network":            {hostName(), boot, "net:[1]", false, map[string]int{"powersave": 1, "reno": 1}, "in another network namespace"},
	} {
		root, s := processors(t, 1, "powersave"), emptyStore(t)
		changes, err := root.Plan(map[string]string{hostset.Governor: "performance", hostset.CongestionControl: "reno"})
		if err != nil {
			t.Fatal(err)
		}
		if err := root.Apply(changes); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(hostChanges{Host: c.host, Boot: c.boot, Network: c.network, Changes: changes})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AddEvent(results.Event{At: time.Now(), Kind: results.EventHostSet, Text: string(text)}); err != nil {
			t.Fatal(err)
		}
		err = putHostBack(s, root, c.lab, func(what string) { t.Errorf("%s: told %q", name, what) })
		var left *HostLeftError
		if errors.As(err, &left) != (c.left != "") || err != nil && !strings.Contains(err.Error(), c.left) {
			t.Errorf("%s: %v, want %q", name, err, c.left)
		}
		if got := says(t, root); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if set, err := HostIsSet(s); set != (c.left != "") || err != nil {
			t.Errorf("%s: still set: %v, %v", name, set, err)
		}
	}
}

// A host that has no such thing is refused before anything is written, and nothing is noted.
func TestAHostThatCannotBeSet(t *testing.T) {
	root, s := processors(t, 0, ""), emptyStore(t)
	err := setHost(s, root, map[string]string{hostset.CongestionControl: "reno", hostset.Governor: "performance"}, false, func(string) {})
	if err == nil || !strings.Contains(err.Error(), "host.set.governor: this host has no ") {
		t.Errorf("error %v", err)
	}
	if got := says(t, root); got["cubic"] != 1 {
		t.Errorf("%v", got)
	}
	if set, err := HostIsSet(s); set || err != nil {
		t.Errorf("set: %v, %v", set, err)
	}
}
