package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"vnettune/matrix/campaign"
	"vnettune/trouble"
)

// loadCampaign reads and checks a campaign file.
func loadCampaign(path string) (campaign.Campaign, []byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return campaign.Campaign{}, nil, usageError(trouble.Hint(fmt.Errorf("there is no campaign file %s", path), "vnettune init writes one"))
	}
	if err != nil {
		return campaign.Campaign{}, nil, usageError(err)
	}
	c, err := campaign.Parse(path, text)
	if err != nil {
		return campaign.Campaign{}, nil, usageError(err)
	}
	return c, text, nil
}

// storePath is the store of a campaign file: its name with .db, unless told otherwise.
func storePath(campaignFile, given string) string {
	if given != "" {
		return given
	}
	return strings.TrimSuffix(filepath.Base(campaignFile), filepath.Ext(campaignFile)) + ".db"
}

// parsePercent reads "2%" or "2".
func parsePercent(flag, s string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(s, "%")), 64)
	if err != nil {
		return 0, usageError(trouble.Hint(fmt.Errorf("%s %q is not a percentage", flag, s), "write 2%% or 2"))
	}
	return v, nil
}
