package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"vnettune/matrix/campaign"
	"vnettune/results"
)

// loadCampaign reads and checks a campaign file.
func loadCampaign(path string) (campaign.Campaign, []byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return campaign.Campaign{}, nil, usageError(fmt.Errorf("there is no campaign file %s; vnettune init writes one", path))
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

// openStore opens a store to read it.
func openStore(path string) (*results.Store, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, usageError(fmt.Errorf("there is no store %s; vnettune run makes one", path))
	}
	s, err := results.OpenReadOnly(path)
	if err != nil {
		return nil, usageError(err)
	}
	return s, nil
}
