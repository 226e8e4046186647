package sample

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const head = "combination,block,boot,workload,metric,unit,repetition,value"

func TestRead(t *testing.T) {
	tests := []struct {
		name, in string
		want     []Row
	}{
		{"header only", head + "\n", nil},
		{
			"byte order mark, CRLF, any order of columns",
			"\xef\xbb\xbfvalue,unit,metric,workload,repetition,boot,block,combination\r\n9381.4,Mbit/s,throughput,tcp,1,b1,1,base\r\n",
			[]Row{{Combination: "base", Block: "1", Boot: "b1", Workload: "tcp", Metric: "throughput", Unit: "Mbit/s",
				Repetition: 1, Value: 9381.4, HasValue: true, Better: HigherIsBetter, Status: StatusOK}},
		},
		{
			"optional columns, failures and boots that are not ranked",
			"combination,block,boot,workload,metric,unit,repetition,value,status,order,session,guest_kind,better,set:rss,set:mtu\n" +
				"rss=off,1,a,udp 1G,pps,1/s,1,1e3,,1,s1,windows,higher,off,1500\n" +
				"rss=off,1,a,udp 1G,pps,1/s,2,,iperf_timeout,1,s1,windows,higher,off,1500\n" +
				"base,1,b,,,,,,boot_timeout,2,s1,windows,,on,1500\n" +
				"base,1,c,udp 1G,pps,1/s,1,5,not_in_effect,3,s1,windows,higher,on,1500\n" +
				"base,1,d,udp 1G,pps,1/s,1,,excluded,4,s1,windows,higher,on,1500\n",
			[]Row{
				{Combination: "rss=off", Block: "1", Boot: "a", Workload: "udp 1G", Metric: "pps", Unit: "1/s", Repetition: 1, Value: 1000, HasValue: true,
					Better: HigherIsBetter, Status: StatusOK, Order: 1, Session: "s1", GuestKind: "windows", Levels: map[string]string{"rss": "off", "mtu": "1500"}},
				{Combination: "rss=off", Block: "1", Boot: "a", Workload: "udp 1G", Metric: "pps", Unit: "1/s", Repetition: 2,
					Better: HigherIsBetter, Status: "iperf_timeout", Order: 1, Session: "s1", GuestKind: "windows", Levels: map[string]string{"rss": "off", "mtu": "1500"}},
				{Combination: "base", Block: "1", Boot: "b", Status: "boot_timeout", Order: 2, Session: "s1", GuestKind: "windows", Levels: map[string]string{"rss": "on", "mtu": "1500"}},
				{Combination: "base", Block: "1", Boot: "c", Workload: "udp 1G", Metric: "pps", Unit: "1/s", Repetition: 1, Value: 5, HasValue: true,
					Better: HigherIsBetter, Status: StatusNotInEffect, Order: 3, Session: "s1", GuestKind: "windows", Levels: map[string]string{"rss": "on", "mtu": "1500"}},
				{Combination: "base", Block: "1", Boot: "d", Workload: "udp 1G", Metric: "pps", Unit: "1/s", Repetition: 1,
					Better: HigherIsBetter, Status: StatusExcluded, Order: 4, Session: "s1", GuestKind: "windows", Levels: map[string]string{"rss": "on", "mtu": "1500"}},
			},
		},
		{
			"lower is better by the metric's name; zero is a measurement",
			head + "\nbase,1,a,udp,loss,%,1,-0\n",
			[]Row{{Combination: "base", Block: "1", Boot: "a", Workload: "udp", Metric: "loss", Unit: "%", Repetition: 1, HasValue: true, Better: LowerIsBetter, Status: StatusOK}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Read(strings.NewReader(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("rows (-want +got):\n%s", d)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	good := "base,1,b1,tcp,throughput,Mbit/s,1,9381\n"
	status := head + ",status\n"
	tests := []struct {
		name, in string
		want     []string // all of these stand in the message
	}{
		{"empty file", "", []string{"empty", "header"}},
		{"missing columns", "combination,block\n", []string{"line 1", "boot, workload", "missing"}},
		{"column twice", head + ",block\n", []string{`"block"`, "twice"}},
		{"unknown column", head + ",colour\n", []string{`unknown column "colour"`, "set:ID"}},
		{"set without id", head + ",set:\n", []string{`"set:"`}},
		{"short row", head + "\n" + good + "base,1,b2\n", []string{"line 3", "3 fields", "8"}},
		{"stray quote", head + "\n" + `base,1,b"2,tcp,throughput,Mbit/s,1,5` + "\n", []string{"line 2", "RFC 4180"}},
		{"name with a blank", head + "\nbase line,1,b1,tcp,throughput,Mbit/s,1,1\n", []string{"line 2", `"combination"`, `"base line"`, "letter or digit"}},
		{"escape in a name", head + "\nbase,1,b\x1b[31m,tcp,throughput,Mbit/s,1,1\n", []string{"line 2", `"boot"`, "control"}},
		{"not UTF-8", head + "\nbase,1,b1,t\xffcp,throughput,Mbit/s,1,1\n", []string{"line 2", `"workload"`, "UTF-8"}},
		{"no block", head + "\nbase,,b1,tcp,throughput,Mbit/s,1,1\n", []string{`"block"`}},
		{"no boot", head + "\nbase,1,,tcp,throughput,Mbit/s,1,1\n", []string{`"boot"`}},
		{"no workload", head + "\nbase,1,b1,,throughput,Mbit/s,1,1\n", []string{`"workload"`}},
		{"no metric", head + "\nbase,1,b1,tcp,,Mbit/s,1,1\n", []string{`"metric"`}},
		{"no unit", head + "\nbase,1,b1,tcp,throughput,,1,1\n", []string{`"unit"`}},
		{"repetition 0", head + "\nbase,1,b1,tcp,throughput,Mbit/s,0,1\n", []string{`"repetition"`, `"0"`, "1, 2, 3"}},
		{"repetition empty", head + "\nbase,1,b1,tcp,throughput,Mbit/s,,1\n", []string{`"repetition"`}},
		{"repetition 1.5", head + "\nbase,1,b1,tcp,throughput,Mbit/s,1.5,1\n", []string{`"repetition"`, `"1.5"`}},
		{"negative order", head + ",order\nbase,1,b1,tcp,throughput,Mbit/s,1,1,-1\n", []string{`"order"`, `"-1"`}},
		{"negative", head + "\nbase,1,b1,tcp,throughput,Mbit/s,1,-5\n", []string{"line 2", `"value"`, `"-5"`, "failure class"}},
		{"not a number", head + "\nbase,1,b1,tcp,throughput,Mbit/s,1,NaN\n", []string{"line 2", `"value"`, `"NaN"`}},
		{"infinite", head + "\nbase,1,b1,tcp,throughput,Mbit/s,1,Inf\n", []string{`"Inf"`}},
		{"too large", head + "\nbase,1,b1,tcp,throughput,Mbit/s,1,1e999\n", []string{`"1e999"`, "too large"}},
		{"hexadecimal", head + "\nbase,1,b1,tcp,throughput,Mbit/s,1,0x10\n", []string{`"0x10"`}},
		{"decimal comma", head + "\nbase,1,b1,tcp,throughput,Mbit/s,1,\"9381,4\"\n", []string{`"9381,4"`, "dot"}},
		{"ok without value", head + "\nbase,1,b1,tcp,throughput,Mbit/s,1,\n", []string{`"value"`, "status"}},
		{"failure with value", status + "base,1,b1,tcp,throughput,Mbit/s,1,5,boot_timeout\n", []string{`"status"`, `"boot_timeout"`}},
		{"status of two words", status + "base,1,b1,tcp,throughput,Mbit/s,1,,boot timeout\n", []string{`"boot timeout"`}},
		{"unknown metric", head + "\nbase,1,b1,tcp,frobs,1,1,5\n", []string{`"better"`, "frobs", "higher or lower"}},
		{"wrong better", head + ",better\nbase,1,b1,tcp,throughput,Mbit/s,1,5,up\n", []string{`"better"`, `"up"`}},
		{"two directions", head + ",better\nbase,1,b1,tcp,x,1,1,5,lower\nbase,1,b1,tcp,x,1,2,5,higher\n", []string{"line 3", `"better"`, "line 2"}},
		{"repetition twice", head + "\n" + good + good, []string{"line 3", `"repetition"`, "line 2"}},
		{"boot of two combinations", head + "\n" + good + "x,1,b1,tcp,throughput,Mbit/s,2,1\n", []string{"line 3", `"combination"`, `"x"`, "b1", "base", "line 2"}},
		{"boot of two blocks", head + "\n" + good + "base,2,b1,tcp,throughput,Mbit/s,2,1\n", []string{"line 3", `"block"`, `"2"`}},
		{"boot of two sessions", head + ",session\nbase,1,b1,tcp,throughput,Mbit/s,1,1,s\nbase,1,b1,tcp,throughput,Mbit/s,2,1,t\n", []string{`"session"`, `"t"`}},
		{"boot with two places in the order", head + ",order\nbase,1,b1,tcp,throughput,Mbit/s,1,1,1\nbase,1,b1,tcp,throughput,Mbit/s,2,1,2\n", []string{`"order"`, `"2"`}},
		{"two units", head + "\n" + good + "base,1,b1,tcp,throughput,Gbit/s,2,9\n", []string{"line 3", `"unit"`, `"Gbit/s"`, "Mbit/s", "line 2"}},
		{"half a boot not in effect", status + "base,1,b1,tcp,throughput,Mbit/s,1,5,ok\nbase,1,b1,tcp,throughput,Mbit/s,2,5,not_in_effect\n", []string{"line 3", `"status"`, "all rows of a boot"}},
		{"not in effect, then ok", status + "base,1,b1,tcp,throughput,Mbit/s,1,5,not_in_effect\nbase,1,b1,tcp,throughput,Mbit/s,2,5,ok\n", []string{"line 3", `"ok"`}},
		{"not in effect and excluded", status + "base,1,b1,tcp,throughput,Mbit/s,1,5,not_in_effect\nbase,1,b1,tcp,throughput,Mbit/s,2,5,excluded\n", []string{"line 3", `"excluded"`}},
		{"two kinds of guest", head + ",guest_kind\nbase,1,b1,tcp,throughput,Mbit/s,1,5,lab\nbase,1,b2,tcp,throughput,Mbit/s,1,5,windows\n", []string{"line 3", `"guest_kind"`, `"windows"`}},
		{"two levels", head + ",set:rss\nbase,1,b1,tcp,throughput,Mbit/s,1,5,on\nbase,2,b2,tcp,throughput,Mbit/s,1,5,off\n", []string{"line 3", `"set:rss"`, `"off"`, "line 2"}},
		{"failed early, yet measured", status + "base,1,b1,,,,,,boot_timeout\nbase,1,b1,tcp,throughput,Mbit/s,1,5,ok\n", []string{"line 3", "line 2"}},
		{"measured, yet failed early", status + "base,1,b1,tcp,throughput,Mbit/s,1,5,ok\nbase,1,b1,,,,,,boot_timeout\n", []string{"line 3", "line 2"}},
		{"planned boot ok twice", head + ",slot\nbase,1,b1,tcp,throughput,Mbit/s,1,5,1\nbase,1,b2,tcp,throughput,Mbit/s,1,5,1\n", []string{"line 3", `"slot"`, `"b1"`, "line 2", "at most one"}},
		{"searched, then failed", status + "base,1,b1,tcp,throughput,Mbit/s,1,5,search\nbase,1,b1,tcp,throughput,Mbit/s,2,,timeout\n", []string{"line 3", `"timeout"`, "line 2"}},
		{"failed, then searched", status + "base,1,b1,tcp,throughput,Mbit/s,1,,timeout\nbase,1,b1,tcp,throughput,Mbit/s,2,5,search\n", []string{"line 3", `"search"`, "line 2"}},
		{"huge cell", head + "\nbase,1," + strings.Repeat("b", 4<<20) + ",tcp,throughput,Mbit/s,1,5\n", []string{"line 2", "1048576"}},
		{"long cell", head + "\nbase,1," + strings.Repeat("b", 5000) + ",tcp,throughput,Mbit/s,1,5\n", []string{"line 2", `"boot"`, "bbb...", "5000 bytes", "at most 4096"}},
		{"long number", head + "\nbase,1,b1,tcp,throughput,Mbit/s,1," + strings.Repeat("9", 5000) + "\n", []string{"line 2", `"value"`, "at most 4096"}},
		{"long header", head + ",set:" + strings.Repeat("x", 5000) + "\n", []string{"line 1", "at most 4096"}},
		{"quote that never ends", head + "\n" + `base,1,"b1` + strings.Repeat("\n9", 1000), []string{"line 2", "quoted field does not end"}},
		{"failed early with a repetition", status + "base,1,b1,,,,1,,boot_timeout\n", []string{"line 2", `"workload"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(tt.in))
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q lacks %q", err, w)
				}
			}
		})
	}
}

// The rows of a combination share one map of levels: a big file stays small.
func TestReadSharesLevels(t *testing.T) {
	var b strings.Builder
	b.WriteString(head + ",set:rss\n")
	b.WriteString("base,1,b1,tcp,throughput,Mbit/s,1,5,on\nbase,1,b1,tcp,throughput,Mbit/s,2,5,on\n")
	rows, err := Read(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	rows[0].Levels["probe"] = "x"
	if rows[1].Levels["probe"] != "x" {
		t.Error("the two rows have maps of their own")
	}
}

// An error never shows the megabytes that it is about, and reading stops early.
func TestReadOfSomethingHuge(t *testing.T) {
	for name, in := range map[string]string{
		"one line":    head + "\nbase,1," + strings.Repeat("b", 64<<20),
		"many quoted": head + "\nbase,1,\"" + strings.Repeat("b\n", 32<<20),
	} {
		r := strings.NewReader(in)
		_, err := Read(r)
		if err == nil || len(err.Error()) > 500 {
			t.Fatalf("%s: %.200v", name, err)
		}
		if read := len(in) - r.Len(); read > 2*maxLine {
			t.Errorf("%s: %d bytes were read", name, read)
		}
	}
}
