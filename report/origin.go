package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"vnettune/bench/iperf"
	"vnettune/matrix"
	"vnettune/matrix/campaign"
	"vnettune/report/stored"
	"vnettune/results"
	"vnettune/results/record"
	"vnettune/results/sample"
	"vnettune/trouble"
)
