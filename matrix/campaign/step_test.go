package campaign

import (
	"slices"
	"testing"

	"vnettune/matrix"
)

// A step is the campaign with two variants in the place of its design: what is measured, where and by which margins stays.
func TestOfStep(t *testing.T) {
	step := Step{Name: "demo-285", Lab: "demo", Blocks: 16, Looks: 2, Alpha: 0.05 / 4,
		Variants: []matrix.Variant{{Name: "266", Command: []string{"./boot", "266"}}, {Name: "285", Command: []string{"./boot", "--with=a b", "285"}}}}
	for name, text := range map[string]string{
		"a design of its own": `name: demo # remark
guest: {lab: {kind: fast, rate: 300}}
design: factorial
settings: {tcp.rss: [enabled, disabled]}
forbid: [{tcp.rss: disabled}]
placebo: true
switch: within-boot
notify: {command: [mail]}
margins: {throughput: 3%}
workloads: [{protocol: tcp, seconds: 2}, {protocol: udp, rate: 100M, length: 1400}]
repetitions: 4
`,
		"variants of its own": `name: demo
guest: {lab: {kind: fast, rate: 300, name: demo}}
design: list
arms: []
variants: [{name: a, command: [x]}, {name: b, command: [y]}]
baseline: {tcp.rss: enabled}
workloads: quick
`,
		"drivers of its own": `name: demo
guest: {lab: {kind: fast, rate: 300, name: demo}}
design: list
variants: [{name: a}, {name: b, driver: drv}]
` + packagesMark + packages{aPackage("drv", "1")}.text(),
	} {
		t.Run(name, func(t *testing.T) {
			before, err := ParseStored("file", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			out, err := OfStep([]byte(text), step)
			if err != nil {
				t.Fatal(err)
			}
			after, err := Parse("file", out)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if after.Name != "demo-285" || after.Blocks != 16 || after.Looks != 2 || after.Alpha != 0.0125 || after.Guest.Lab.Name != "demo" || len(after.Notify.Command) > 0 {
				t.Errorf("%s", out)
			}
			before.Guest.Lab.Name = "demo" // what a lab without a name is called by
			if changed := Changed(before, after); slices.ContainsFunc(changed, func(key string) bool { return !slices.Contains([]string{"name", "design", "alpha", "looks"}, key) }) {
				t.Errorf("other in %v", changed)
			}
			p, err := after.Plan(matrix.W10)
			if err != nil || len(p.Arms) != 2 || len(p.Slots) != 32 || !slices.Equal(p.Variants[1].Command, []string{"./boot", "--with=a b", "285"}) {
				t.Errorf("%v: %d arms, %d boots, %+v", err, len(p.Arms), len(p.Slots), p.Variants)
			}
		})
	}
	if _, err := OfStep([]byte("name: ["), step); err == nil {
		t.Error("a file that is none has a step")
	}
}
