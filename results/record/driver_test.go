package record

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func keywordOf(t *testing.T, text string) Keyword {
	t.Helper()
	var d Driver
	if err := json.Unmarshal([]byte(`{"keywords":[`+text+`]}`), &d); err != nil || len(d.Keywords) != 1 {
		t.Fatalf("%s: %d keywords, %v", text, len(d.Keywords), err)
	}
	return d.Keywords[0]
}

func TestWhatAKeywordTakes(t *testing.T) {
	for _, c := range []struct {
		name, keyword string
		takes, not    []string
		says          string
	}{
		{"an enum", `{"type":"enum","enum":["16","1024","256"]}`, []string{"16", "1024"}, []string{"4096", "300", "", "x"}, "16, 256, 1024"},
		{"an enum of one, as PowerShell 5.1 may write it", `{"type":"enum","enum":"1"}`, []string{"1"}, []string{"0"}, "1"},
		{"an enum of words", `{"type":"ENUM","enum":["On","Off"]}`, []string{"on", "Off"}, []string{"1"}, "On, Off"},
		{"an enum with leading zeros", `{"type":"enum","enum":["00","01"]}`, []string{"0", "1"}, []string{"2"}, "00, 01"},
		{"an enum without a list", `{"type":"enum","enum":null}`, nil, []string{"0", "1", ""}, `nothing in a form that is known: type "enum"`},
		{"bounds", `{"type":"int","min":"1","max":"16","step":"1"}`, []string{"1", "16"}, []string{"0", "17", "32", "1.5", "absent", ""}, "1 to 16"},
		{"bounds without a step", `{"type":"long","min":"0","max":"4094"}`, []string{"0", "4094"}, []string{"4095", "-1"}, "0 to 4094"},
		{"steps", `{"type":"dword","min":"10","max":"30","step":"10"}`, []string{"10", "20", "30"}, []string{"15", "0", "40"}, "10 to 30 in steps of 10"},
		{"base 10", `{"type":"word","min":"1","max":"2","base":"10"}`, []string{"2"}, []string{"3"}, "1 to 2"},
		{"another base", `{"type":"int","min":"1","max":"10","base":"16"}`, nil, []string{"1", "10"}, `nothing in a form that is known: type "int", min "1", max "10", base "16"`},
		{"no upper end", `{"type":"int","min":"1"}`, nil, []string{"1"}, `nothing in a form that is known: type "int", min "1"`},
		{"no number", `{"type":"int","min":"low","max":"9"}`, nil, []string{"1"}, `nothing in a form that is known: type "int", min "low", max "9"`},
		{"ends the wrong way round", `{"type":"int","min":"9","max":"1"}`, nil, []string{"1", "5", "9"}, `nothing in a form that is known: type "int", min "9", max "1"`},
		{"a text", `{"type":"edit","optional":"1"}`, []string{"525400123456"}, nil, "any text"},
		{"a type of tomorrow", `{"type":"qword","min":"1","max":"2"}`, nil, []string{"1"}, `nothing in a form that is known: type "qword", min "1", max "2"`},
		{"nothing at all", `{"name":"X"}`, nil, []string{"0", ""}, `nothing in a form that is known: type ""`},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := keywordOf(t, c.keyword)
			for _, v := range c.takes {
				if !k.Takes(v) {
					t.Errorf("does not take %q", v)
				}
			}
			for _, v := range c.not {
				if k.Takes(v) {
					t.Errorf("takes %q", v)
				}
			}
			if got := k.Values(); got != c.says {
				t.Errorf("says %q, want %q", got, c.says)
			}
		})
	}
}

func TestFindAKeyword(t *testing.T) {
	d := Driver{Keywords: List[Keyword]{{Name: "VlanID", Set: true}}, Problems: map[string]string{"OffLoad.TxLSO": "denied"}}
	for _, name := range []string{"VlanID", "VlanId", "vlanid"} {
		if k, err := d.Find(name); err != nil || !k.Set {
			t.Errorf("%s: %+v, %v", name, k, err)
		}
	}
	for name, want := range map[string]string{"MTU": "no property MTU", "Offload.TxLSO": "could not be read: denied"} {
		if _, err := d.Find(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// What was not declared is not 0 in a store either.
func TestADriverIsStoredAsItWasDeclared(t *testing.T) {
	none := `{"keywords":[{"name":"A","type":null,"default":null,"min":null,"max":null,"step":null,"base":null,"optional":null,"enum":null,"set":false}]}`
	var d Driver
	if err := json.Unmarshal([]byte(none), &d); err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal(d); err != nil || string(text) != none {
		t.Errorf("%s, %v", text, err)
	}
	var old Adapter
	if err := json.Unmarshal([]byte(`{"guid":"{1}","keywords":{"A":"1"}}`), &old); err != nil || old.Driver != nil {
		t.Errorf("an adapter of an older store: %+v, %v", old, err)
	}
	if text, _ := json.Marshal(old); strings.Contains(string(text), `"driver":`) {
		t.Errorf("a driver that was not asked is stored: %s", text)
	}
}

func FuzzDriver(f *testing.F) {
	f.Add([]byte(`{"keywords":[{"name":"RxCapacity","type":"enum","enum":["16","1024"],"set":true}],"problems":{}}`), "16")
	f.Add([]byte(`{"keywords":{"name":"N","type":"int","min":"-9223372036854775808","max":"9223372036854775807","step":"3"}}`), "7")
	f.Add([]byte(`{"keywords":null,"problems":{"X":"\u001b[2J"}}`), "0")
	f.Fuzz(func(t *testing.T, answer []byte, value string) {
		var d Driver
		if json.Unmarshal(answer, &d) != nil {
			return
		}
		for _, k := range d.Keywords {
			if _, err := d.Find(k.Name); err != nil {
				t.Errorf("%q is not found: %v", k.Name, err)
			}
			if words := k.Values(); k.Takes(value) && strings.HasPrefix(words, "nothing") {
				t.Errorf("takes %q and says %q", value, words)
			}
			if k.Takes(value) && len(k.Enum) > 0 && strings.EqualFold(word(k.Type), typeEnum) &&
				!slices.ContainsFunc(k.Enum, func(e string) bool { return sameNumber(e, value) }) {
				t.Errorf("takes %q, which is not in %q", value, k.Enum)
			}
		}
	})
}
