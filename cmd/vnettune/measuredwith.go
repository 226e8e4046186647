package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"vnettune/results"
	"vnettune/results/record"
)

// measuredWith says with what the sessions of a campaign measured, and what: tools,
// host, guest. Sessions that are alike share a line; several lines mean that something
// changed between sessions.
func measuredWith(store *results.Store) ([]string, error) {
	sessions, err := store.Sessions()
	if err != nil {
		return nil, err
	}
	var order []string
	who := map[string][]string{}
	for _, s := range sessions {
		words, err := sessionWords(s)
		if err != nil {
			return nil, fmt.Errorf("store %s: session %d: %w", store.Path(), s.ID, err)
		}
		if len(who[words]) == 0 {
			order = append(order, words)
		}
		who[words] = append(who[words], fmt.Sprintf("s%d", s.ID))
	}
	if len(order) == 1 {
		return []string{"measured with " + order[0]}, nil
	}
	var lines []string
	for _, words := range order {
		lines = append(lines, fmt.Sprintf("measured in %s with %s", strings.Join(who[words], ", "), words))
	}
	return lines, nil
}

func sessionWords(s results.Session) (string, error) {
	var host struct {
		Vnettune string `json:"vnettune"`
		Kernel   string `json:"kernel"`
		CPU      string `json:"cpu"`
		IPerf3   string `json:"iperf3"`
	}
	var guest record.Guest
	if err := json.Unmarshal(s.Host, &host); err != nil {
		return "", fmt.Errorf("facts of the host: %w", err)
	}
	if err := json.Unmarshal(s.Guest, &guest); err != nil {
		return "", fmt.Errorf("facts of the guest: %w", err)
	}
	var parts []string
	add := func(format, value string) {
		if value != "" {
			parts = append(parts, fmt.Sprintf(format, value))
		}
	}
	add("vnettune %s", host.Vnettune)
	version, _, _ := strings.Cut(host.IPerf3, "(") // behind it are its libraries and features
	add("%s", strings.TrimSpace(version))
	add("host %s", strings.Join(nonEmpty(host.Kernel, host.CPU), ", "))
	caption := nonEmpty(guest.Caption)
	if guest.Build > 0 {
		caption = append(caption, fmt.Sprintf("build %d", guest.Build))
	}
	add("guest %s", strings.Join(caption, ", "))
	for _, a := range guest.Adapters {
		if a.Virtio() {
			add("driver of "+a.Name+" %s", a.DriverVersion)
		}
	}
	return strings.Join(parts, "; "), nil
}

func nonEmpty(words ...string) []string {
	var out []string
	for _, w := range words {
		if w != "" {
			out = append(out, w)
		}
	}
	return out
}
