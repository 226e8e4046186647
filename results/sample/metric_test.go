package sample

import "testing"

func TestMetrics(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range known {
		if seen[m.Name] || !ValidName(m.Name) || m.Unit == "" {
			t.Errorf("metric %+v", m)
		}
		seen[m.Name] = true
		if m.Better != HigherIsBetter && m.Better != LowerIsBetter {
			t.Errorf("metric %q: better %q", m.Name, m.Better)
		}
		if got, ok := KnownMetric(m.Name); !ok || got != m {
			t.Errorf("KnownMetric(%q) = %+v, %v", m.Name, got, ok)
		}
	}
	if _, ok := KnownMetric("frobs"); ok {
		t.Error("frobs is known")
	}
}

func TestValidName(t *testing.T) {
	for s, want := range map[string]bool{
		"a": true, "0": true, "rss=on,mtu=1500": true, "A.b_c+d:e-f": true,
		"": false, "-a": false, "a b": false, "ä": false, "a\n": false, "=x": false,
	} {
		if got := ValidName(s); got != want {
			t.Errorf("ValidName(%q) = %v", s, got)
		}
	}
}
