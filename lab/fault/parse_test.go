package fault

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"vnettune/trouble"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Fault{
		"reset":                          {Name: Reset},
		"stall":                          {Name: Stall},
		"stall=2s@boot=3":                {Name: Stall, Value: "2s", Boot: Span{From: 3}},
		"http=401@boot=3+,nth=1+":        {Name: HTTP, Value: "401", Boot: Span{3, true}, Nth: Span{1, true}},
		"lose@step=write,request=send":   {Name: Lose, Step: "write", Request: "send"},
		"reset@request=connect,nth=2":    {Name: Reset, Request: Connect, Nth: Span{From: 2}},
		"ignore=autotuninglevel":         {Name: Ignore, Value: "autotuninglevel"},
		"deny=*LsoV2IPv4@boot=2":         {Name: Deny, Value: "*LsoV2IPv4", Boot: Span{From: 2}},
		"restart=2s@step=iperf,nth=2":    {Name: Restart, Value: "2s", Step: "iperf", Nth: Span{From: 2}},
		"truncate=body@request=receive":  {Name: Truncate, Value: "body", Request: "receive"},
		"clock-jump=-1h@boot=2+":         {Name: ClockJump, Value: "-1h", Boot: Span{2, true}},
		"late@boot=2":                    {Name: Late, Boot: Span{From: 2}},
		"disk-full@step=write,boot=1000": {Name: DiskFull, Step: "write", Boot: Span{From: 1000}},
	} {
		got, err := Parse(text)
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "use one of refused",
		"explode":                        "use one of refused",
		"reset=1s":                       "takes no value",
		"http":                           "such as http=503",
		"http=404":                       "401, 500, 503",
		"stall=0s":                       "positive duration",
		"stall=":                         "positive duration",
		"drip":                           "such as drip=100ms",
		"clock-jump=0s":                  "no duration",
		"ignore=":                        "no name",
		"ignore=a b":                     "no name",
		"reset@":                         "the point of reset is made of boot, step, request, nth",
		"reset@boot=0":                   "a number from 1",
		"reset@boot=02":                  "a number from 1",
		"reset@boot=-1":                  "a number from 1",
		"reset@boot=1++":                 "a number from 1",
		"reset@boot=1,boot=2":            "given twice",
		"reset@step=write,step=read":     "given twice",
		"reset@step=nap":                 "use one of facts",
		"reset@request=post":             "use one of connect",
		"garbage@request=connect":        "cannot happen to a connection",
		"ignore=x@nth=1":                 "the point of ignore is made of boot",
		"restart@request=send":           "the point of restart is made of boot, step, nth",
		"late@step=boot":                 "the point of late is made of boot",
		"time-zone=1h0.5s":               "whole minutes",
		"iperf-version=3 1":              "no name",
		"answer-while-down=100000000h":   "positive duration",
		"reset@nth=1000001":              "a number from 1",
		"reset@nth=99999999999999999999": "a number from 1",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(trouble.Line(err), want) || !strings.Contains(trouble.Line(err), `"`+text+`"`) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// Every kind has an example that is legal, and a point that is.
func TestEveryKindIsLegalAsItsMessagesSay(t *testing.T) {
	for _, k := range kinds {
		for _, example := range strings.Split(k.want, " or ") {
			if _, err := Parse(example + "@boot=2"); err != nil {
				t.Error(err)
			}
		}
		if _, err := Parse(k.name); (err == nil) != (k.value == nil || k.bare) {
			t.Errorf("%s without a value: %v", k.name, err)
		}
	}
}

func TestPlanTravelsAsJSON(t *testing.T) {
	plan, err := ParsePlan([]string{"reset@boot=2", "ignore=rss"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(plan)
	if err != nil || string(b) != `["reset@boot=2","ignore=rss"]` {
		t.Fatalf("%s, %v", b, err)
	}
	var again Plan
	if err := json.Unmarshal(b, &again); err != nil || !slices.Equal(again, plan) {
		t.Errorf("%v, %v", again, err)
	}
	if err := json.Unmarshal([]byte(`["sabotage"]`), &again); err == nil {
		t.Error("an unknown fault was read")
	}
}

func TestEvents(t *testing.T) {
	plan, err := ParsePlan([]string{"reset@boot=2,request=command,nth=2", "lose@boot=2+,step=write,nth=2+", "stall@request=connect", "restart@step=iperf", "ignore=x"})
	if err != nil {
		t.Fatal(err)
	}
	e := plan.At(2).wireEvents()
	for i, c := range []struct{ step, request, want string }{
		{"", Connect, "stall"},
		{"", Connect, ""}, // the first only
		{"", "create", ""},
		{"read", "command", ""},
		{"write", "command", "reset"},
		{"write", "send", "lose"}, // the second request of the step
		{"write", Connect, ""},
		{"write", "receive", "lose"},
		{"read", "command", ""},
	} {
		due := e.Next(c.step, c.request)
		got := ""
		for _, f := range due {
			got += f.Name
		}
		if got != c.want {
			t.Errorf("event %d: %q is due, want %q", i, got, c.want)
		}
	}
	if due := plan.At(1).wireEvents().Next("write", "command"); len(due) != 0 {
		t.Errorf("in another boot: %v", due)
	}
	if due := plan.At(1).Commands().Next("iperf", "command"); len(due) != 1 || due[0].Name != Restart {
		t.Errorf("at a command: %v", due)
	}
}

func FuzzParse(f *testing.F) {
	for _, k := range kinds {
		f.Add(k.want + "@boot=2+,nth=3")
	}
	f.Add("reset@boot=2,step=write,request=connect,nth=1+")
	f.Fuzz(func(t *testing.T, text string) {
		one, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(one.String())
		if err != nil || again != one {
			t.Errorf("%q is %+v, which is written %q and read back as %+v, %v", text, one, one, again, err)
		}
	})
}
