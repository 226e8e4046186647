package output_test

import (
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"

	"vnettune/apply/winrm/output"
)

func TestText(t *testing.T) {
	tests := []struct {
		name string
		in   string
		page string
		want string
	}{
		{"nothing", "", "850", ""},
		{"ASCII", "ok\r\n", "", "ok\r\n"},
		{"UTF-8", "schön", "850", "schön"},
		{"UTF-8 with its mark", "\ufeffschön", "850", "schön"},
		{"UTF-8 of a Chinese guest", "以太网", "936", "以太网"},
		{"German", mustEncode(t, charmap.CodePage850.NewEncoder().String, "Zustand der Überlastung"), "850", "Zustand der Überlastung"},
		{"Russian", mustEncode(t, charmap.CodePage866.NewEncoder().String, "Сеть"), "866", "Сеть"},
		{"Japanese", mustEncode(t, japanese.ShiftJIS.NewEncoder().String, "イーサネット"), "932", "イーサネット"},
		{"Chinese", mustEncode(t, simplifiedchinese.GBK.NewEncoder().String, "以太网"), "936", "以太网"},
		{"no code page", "sch\x94n", "", "sch?n"},
		{"a code page that is not known", "sch\x94n", "720", "sch?n"},
		{"bytes that the code page has not", "a\xff\xffb", "932", "a??b"},
		{"UTF-16", "\xff\xfeo\x00k\x00\xe4\x00", "850", "okä"},
		{"UTF-16 without its mark", "o\x00k\x00\xe4\x00", "850", "okä"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := output.Text([]byte(tt.in), tt.page); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func mustEncode(t *testing.T, encode func(string) (string, error), s string) string {
	t.Helper()
	b, err := encode(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestErrorText(t *testing.T) {
	const (
		head     = "#< CLIXML\r\n<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">"
		progress = `<Obj S="progress" RefId="0"><TN RefId="0"><T>System.Management.Automation.PSCustomObject</T></TN><MS><I64 N="SourceId">1</I64><PR N="Record"><AV>Preparing modules for first use.</AV><AI>0</AI><Nil /><PI>-1</PI><PC>-1</PC><T>Completed</T><SR>-1</SR><SD> </SD></PR></MS></Obj>`
	)
	tests := []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"a program's words", "no such file\r\n", "no such file\r\n"},
		{"progress", head + progress + "</Objs>", ""},
		{"an error", head + `<S S="Error">Zugriff verweigert_x000D__x000A_</S><S S="Error">_x00E4__xD83D__xDE00_&lt;</S></Objs>`, "Zugriff verweigert\r\nä😀<"},
		{"progress, an error and a warning", head + progress + `<S S="warning">careful</S><S S="Error">bad</S></Objs>`, "bad"},
		{"a program behind it", head + progress + "</Objs>\r\nits words\r\n", "its words\r\n"},
		{"two of them", head + progress + "</Objs>" + head + `<S S="Error">bad</S></Objs>`, "bad"},
		{"cut off", head + `<S S="Error">ba`, head + `<S S="Error">ba`},
		{"only mentioned", "it said #< CLIXML to me", "it said #< CLIXML to me"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(output.ErrorText([]byte(tt.in))); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzText: nothing that a program writes brings the readers down.
func FuzzText(f *testing.F) {
	f.Add([]byte("#< CLIXML\r\n<Objs><S S=\"Error\">_x0041_</S></Objs>"))
	f.Fuzz(func(_ *testing.T, written []byte) {
		output.ErrorText(written)
		output.Text(written, "932")
	})
}
