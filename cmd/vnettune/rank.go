package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vnettune/report"
	"vnettune/report/rank"
	"vnettune/report/rank/effects"
	"vnettune/results/sample"
)

func newRankCmd() *cobra.Command {
	var baseline, margin, variance, format string
	var alpha float64
	defaults := rank.DefaultOptions()
	cmd := &cobra.Command{
		Use:   "rank SAMPLES.csv",
		Short: "rank the combinations in a file of samples; needs no guest and no store",
		Long: `Ranks the combinations in a CSV file of samples (- is standard input): one row a
repetition, with the header

  combination,block,boot,workload,metric,unit,repetition,value

and optionally better, status, order, session, guest_kind and set:ID. Every
combination is compared with the baseline; every workload and metric is a family
of its own. Where set:ID columns say that settings are crossed, or that a profile
was run whole, line by line and without each line, the effects of the settings
follow (text and json). The exit code is 0 whatever the verdicts are.`,
		Example: "  vnettune rank samples.csv --baseline default --margin 2%",
		Args:    args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			if err := oneOf("--format", format, "text", "json", "csv"); err != nil {
				return err
			}
			if err := oneOf("--variance", variance, string(rank.VarianceModerated), string(rank.VariancePooled)); err != nil {
				return err
			}
			o := defaults
			o.Baseline, o.Alpha, o.Variance = baseline, alpha, rank.Variance(variance)
			var err error
			if o.Margin, err = parsePercent("--margin", margin); err != nil {
				return err
			}
			return rankFile(a[0], o, format, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&baseline, "baseline", "", "the combination that the others are compared with (required)")
	flags.StringVar(&margin, "margin", strconv.FormatFloat(defaults.Margin, 'g', -1, 64)+"%", "the smallest difference worth caring about, in percent")
	flags.Float64Var(&alpha, "alpha", defaults.Alpha, "the chance of any false difference in a family")
	flags.StringVar(&variance, "variance", string(defaults.Variance), "how noise is estimated: moderated (each arm's own, moderated towards the others) or pooled (one for all arms, Dunnett's and Tukey's constants)")
	flags.StringVar(&format, "format", "text", "text, json or csv")
	return cmd
}

// rankFile reads, ranks and writes. Nothing is written unless all went well.
func rankFile(path string, o rank.Options, format string, stdin io.Reader, stdout io.Writer) error {
	rows, err := readSamples(path, stdin)
	if err != nil {
		return usageError(fmt.Errorf("%s: %w", path, err))
	}
	ranking, err := rank.Analyze(rows, o)
	if err != nil {
		return usageError(fmt.Errorf("%s: %w", path, err))
	}
	effects, err := effects.OfSettings(rows, o)
	if err != nil {
		return usageError(fmt.Errorf("%s: %w", path, err))
	}
	var out bytes.Buffer
	r := report.Report{Ranking: ranking, Effects: effects}
	switch format {
	case "json":
		err = report.JSON(&out, r)
	case "csv":
		err = report.RankingCSV(&out, r)
	default:
		err = report.Text(&out, r)
	}
	if err != nil {
		return err
	}
	_, err = stdout.Write(out.Bytes())
	return err
}

// readSamples reads a file of samples, or standard input for "-".
func readSamples(path string, stdin io.Reader) ([]sample.Row, error) {
	if path == "-" {
		return sample.Read(stdin)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("there is no such file; vnettune report STORE --format csv writes one")
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return sample.Read(f)
}

// parsePercent reads "2%" or "2".
func parsePercent(flag, s string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(s, "%")), 64)
	if err != nil {
		return 0, usageError(fmt.Errorf("%s %q is not a percentage; write 2%% or 2", flag, s))
	}
	return v, nil
}
