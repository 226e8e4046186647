package main

import (
	"encoding/json"
	"testing"

	"vnettune/results"
)

func TestSessionWords(t *testing.T) {
	s := results.Session{
		Host:  json.RawMessage(`{"vnettune":"v1","kernel":"Linux 6.1","cpu":"EPYC","iperf3":"iperf 3.12 (cJSON 1.7.15)\nLinux vm","lab":{"Name":"x"}}`),
		Guest: json.RawMessage(`{"build":19045,"caption":"Microsoft Windows 10 Pro","adapters":[{"name":"Ethernet","pnpId":"PCI\\VEN_1AF4&DEV_1000","driverVersion":"100.90"},{"name":"Other","pnpId":"PCI\\VEN_8086","driverVersion":"1"}]}`),
	}
	got, err := sessionWords(s)
	if want := "vnettune v1; iperf 3.12; host Linux 6.1, EPYC; guest Microsoft Windows 10 Pro, build 19045; driver of Ethernet 100.90"; err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if got, err := sessionWords(results.Session{Host: json.RawMessage(`{}`), Guest: json.RawMessage(`{}`)}); err != nil || got != "" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := sessionWords(results.Session{Host: json.RawMessage(`{"cpu":3}`), Guest: json.RawMessage(`{}`)}); err == nil {
		t.Error("facts of another form are taken")
	}
}
