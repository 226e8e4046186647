package rank

// SecondLook is a comparison with the baseline on other data than the verdict
// rests on: without what is flagged, or with the worst that lost boots can have
// been. Label is empty where there is none.
type SecondLook struct {
	Label       Label
	DiffPercent float64
	Interval    Interval
}

// again compares every arm with the baseline on other boots. Counts and the family
// stay those of the campaign.
func (st *study) again(boots []bootValue) ([]SecondLook, error) {
	second := *st
	second.labelsOnly = true
	var err error
	if second.fit, err = fitBlocks(boots, st.fit.arms, st.series.blocks); err != nil {
		return nil, err
	}
	second.chooseMethod()
	looks := make([]SecondLook, st.fit.arms)
	for i, arm := range second.baselineComparisons() {
		looks[i] = SecondLook{arm.Label, arm.DiffPercent, arm.Interval}
	}
	return looks, nil
}
