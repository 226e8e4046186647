package sample

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const covariateHead = "combination,block,boot,workload,metric,unit,repetition,value,covariate\n"

func TestCovariate(t *testing.T) {
	in := covariateHead +
		"a,1,b1,tcp,throughput,Mbit/s,1,9000,8123.25\n" +
		"a,1,b1,tcp,throughput,Mbit/s,2,9100,8123.25\n" +
		"base,1,b2,tcp,throughput,Mbit/s,1,9050,\n"
	rows, err := Read(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	if rows[1].Covariate != 8123.25 || rows[2].Covariate != 0 {
		t.Errorf("covariates %v and %v, want 8123.25 and none", rows[1].Covariate, rows[2].Covariate)
	}
	var out bytes.Buffer
	if err := Write(&out, rows); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(in, out.String()); d != "" {
		t.Errorf("written (-read +written):\n%s", d)
	}
	for what, row := range map[string]string{
		"above 0":           "base,1,b3,tcp,throughput,Mbit/s,1,9050,0\n",
		"not a finite":      "base,1,b3,tcp,throughput,Mbit/s,1,9050,fast\n",
		"one number a boot": "a,1,b1,tcp,throughput,Mbit/s,3,9050,8000\n",
	} {
		if _, err := Read(strings.NewReader(in + row)); err == nil || !strings.Contains(err.Error(), `column "covariate"`) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
