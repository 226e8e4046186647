package bench

import (
	"time"

	"vnettune/matrix"
	"vnettune/results"
	"vnettune/results/sample"
)

// progress is how far a campaign is, in what its events tell of it.
type progress struct {
	over     int           // slots of the plan that are over, those that a search passed by among them
	tries    map[int]int   // boots of each slot by its order, those of earlier sessions among them
	began    time.Time     // of the present boot; zero between boots
	measured int           // ranked boots of this session
	spent    time.Duration // their time
	means    means         // of the ranked boots of all sessions
}

// newProgress is the progress of a campaign whose store holds these boots.
func newProgress(s Schedule, p matrix.Plan, stored []results.Boot) progress {
	out := progress{tries: map[int]int{}, means: means{}}
	last := 0
	for _, b := range stored {
		out.tries[b.Order]++
		out.means.add(b)
		last = max(last, b.Order)
	}
	switch x := s.(type) {
	case *fixedPlan:
		out.over = len(p.Slots) - x.Remaining()
	case *settling:
		out.over = len(p.Slots) - x.Remaining()
	case *switched:
		out.over = len(x.slots) - x.Remaining()
	default:
		out.over = last
	}
	return out
}

// begin notes that a boot of a slot begins, and end that it ended; again says that the
// slot is booted once more.
func (p *progress) begin(order int, now time.Time) {
	p.tries[order]++
	p.began = now
}

func (p *progress) end(b results.Boot, again bool) {
	p.began = time.Time{}
	if again {
		p.began = b.Ended
	}
	p.means.add(b)
	if b.Status == sample.StatusOK {
		p.measured++
		p.spent += b.Ended.Sub(b.Started)
	}
}

// left estimates the time to the end of the boots: of those to come and of the rest of the
// present one, by the ranked boots of this session. A boot that failed says nothing of how
// long one lasts; until one is ranked the plan's estimate holds, and zero where there is none.
func (p *progress) left(plan time.Duration, toCome int, now time.Time) (left time.Duration, byPlan bool) {
	boot := p.boot(plan)
	left = boot * time.Duration(toCome)
	if !p.began.IsZero() {
		left += max(0, boot-now.Sub(p.began))
	}
	return left, p.measured == 0 && left > 0
}

// boot is how long a boot, or a stint, takes: by the ranked ones of this session, or else by the plan.
func (p *progress) boot(plan time.Duration) time.Duration {
	if p.measured > 0 {
		return p.spent / time.Duration(p.measured)
	}
	return plan
}

// figure is what is measured of an arm in one workload.
type figure struct{ arm, workload, metric string }

// means are the means of the boots' means.
type means map[figure]mean

type mean struct {
	sum   float64
	boots int
}

// of is a mean and its boots; nil where there is none.
func (m means) of(f figure) (value *float64, boots int) {
	at := m[f]
	if at.boots == 0 {
		return nil, 0
	}
	v := at.sum / float64(at.boots)
	return &v, at.boots
}

// add adds the counted repetitions of a boot, where it is ranked.
func (m means) add(b results.Boot) {
	if b.Status != sample.StatusOK {
		return
	}
	own := map[figure]mean{}
	for _, r := range b.Runs {
		if r.Repetition == 0 || !r.Usable() {
			continue
		}
		for _, metric := range r.Metrics {
			f := figure{b.Arm, r.Workload, metric.Name}
			own[f] = mean{own[f].sum + metric.Value, own[f].boots + 1}
		}
	}
	for f, repetitions := range own {
		m[f] = mean{m[f].sum + repetitions.sum/float64(repetitions.boots), m[f].boots + 1}
	}
}
