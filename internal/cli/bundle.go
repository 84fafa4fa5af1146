package cli

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"tldsweep/internal/api"
	"tldsweep/internal/cli/app"
)

const (
	bundleFolder = "tldsweep-bundle/"
	bundledRuns  = 10      // the newest of the history
	bundledTrace = 8 << 20 // of the trace, its last bytes
)

// checkBundle refuses what --bundle cannot be, before anything is asked.
func (a *program) checkBundle(path string) error {
	if !strings.HasSuffix(path, ".zip") && !strings.HasSuffix(path, ".tar.gz") && !strings.HasSuffix(path, ".tgz") {
		return app.Usage(fmt.Errorf("--bundle %s", path), "want a file that ends in .zip or .tar.gz")
	}
	read := append(historyFiles(""), app.NamedFile{What: "the trace", Path: a.Trace})
	if err := app.RefuseOverwrites(app.NamedFiles("the bundle", path), read); err != nil {
		return err
	}
	return app.CheckWritable("bundle", path)
}

// bundled is a file of a bundle.
type bundled struct {
	name string
	text []byte
}

// writeBundle puts together what a bug report needs: the version, what doctor saw, which settings there are, the newest runs, the
// summary of the last one, and the trace, if there is one. It asks OVHcloud nothing, and holds no value of a setting but the endpoint's.
func (a *program) writeBundle(ctx context.Context, path string, x *examination, failed error) error {
	lines := strings.Join(x.lines, "\n") + "\n"
	if failed != nil {
		lines += "error: " + withHint(failed) + "\n"
	}
	files := []bundled{
		{"version.txt", fmt.Appendf(nil, "%s%s\n", versionLine(), time.Now().UTC().Format(time.RFC3339))},
		{"doctor.txt", []byte(lines)},
		{"settings.json", a.settingsForBundle()},
		{"runs.json", a.runsForBundle(ctx)},
	}
	if summary, err := lastOf(lastSummary(), bundledTrace); err == nil {
		files = append(files, bundled{"summary.json", summary})
	}
	if a.Trace != "" {
		trace, err := lastOf(a.Trace, bundledTrace)
		switch {
		case errors.Is(err, fs.ErrNotExist): // doctor has got no further
		case err != nil:
			return app.Hinted(fmt.Errorf("bundle: %w", err), "leave --trace out")
		default:
			files = append(files, bundled{"trace.jsonl", app.TraceLines(trace)})
		}
	}
	for i := range files {
		files[i].text = []byte(x.redact(string(files[i].text)))
	}
	var archive bytes.Buffer
	write := writeTar
	if strings.HasSuffix(path, ".zip") {
		write = writeZip
	}
	if err := write(&archive, files); err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	if err := a.Files.WriteFile(path, archive.Bytes()); err != nil {
		return app.Hinted(fmt.Errorf("bundle: %w", err), "name a file that can be written")
	}
	a.Console.Note("%s has what a bug report needs, without secrets: look through it before you send it", path)
	return nil
}

// lastSummary is where the summary of the last scan is kept; empty where there is no place for it.
func lastSummary() string {
	folder, err := app.StateFolder()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "last-run.json")
}

func versionLine() string {
	return fmt.Sprintf("tldsweep %s %s %s/%s\n", app.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// bundledVariables are those of the environment that change what tldsweep does, beside the ones of OVHcloud's libraries. Which are set
// is told, and not to what.
var bundledVariables = []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"XDG_STATE_HOME", "XDG_CONFIG_HOME", "TMPDIR", "GODEBUG", "GOMAXPROCS", "GOMEMLIMIT"}

func (a *program) settingsForBundle() []byte {
	var settings struct {
		Endpoint   string           `json:"endpoint_flag,omitempty"`
		Subsidiary string           `json:"subsidiary_flag,omitempty"`
		Settings   []api.Configured `json:"settings"`
		Error      string           `json:"error,omitempty"`
		Set        []string         `json:"environment"`
	}
	settings.Endpoint, settings.Subsidiary = api.ShownEndpoint(a.Endpoint), a.Subsidiary
	var err error
	if settings.Settings, err = api.ListConfigured(); err != nil {
		settings.Error = err.Error()
	}
	for _, name := range bundledVariables {
		if _, ok := os.LookupEnv(name); ok {
			settings.Set = append(settings.Set, name)
		}
	}
	return indented(settings)
}

// runsForBundle are the newest runs of the usual history. It is read, and neither made nor set aside.
func (a *program) runsForBundle(ctx context.Context) []byte {
	type run struct {
		Run        int64     `json:"run"`
		Began      time.Time `json:"began"`
		Finished   time.Time `json:"finished,omitzero"`
		State      string    `json:"state"`
		Rows       int64     `json:"rows"`
		Subsidiary string    `json:"subsidiary"`
		Extensions string    `json:"extensions"`
	}
	var runs struct {
		Runs  []run  `json:"runs"`
		Error string `json:"error,omitempty"`
	}
	h, err := a.openHistory(ctx, "")
	if err == nil {
		all, failed := h.Runs(ctx)
		for _, r := range all[:min(len(all), bundledRuns)] {
			runs.Runs = append(runs.Runs, run{r.ID, r.Started.UTC(), r.Finished.UTC(), r.State, r.Rows, r.Subsidiary, r.Extensions})
		}
		if err = failed; err == nil {
			err = h.Close()
		} else {
			h.Close()
		}
	}
	if err != nil {
		runs.Error = err.Error()
	}
	return indented(runs)
}

func indented(value any) []byte {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		text = []byte(err.Error()) // ours alone
	}
	return append(text, '\n')
}

// lastOf is the last bytes of a file, from the beginning of a line on.
func lastOf(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil {
		return nil, err
	}
	cut := about.Size() > most
	if cut {
		if _, err := file.Seek(-most, io.SeekEnd); err != nil {
			return nil, err
		}
	}
	text, err := io.ReadAll(io.LimitReader(file, most))
	if cut {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return text, err
}

func writeZip(w io.Writer, files []bundled) error {
	archive := zip.NewWriter(w)
	for _, f := range files {
		into, err := archive.CreateHeader(&zip.FileHeader{Name: bundleFolder + f.name, Method: zip.Deflate, Modified: time.Now()})
		if err != nil {
			return err
		}
		if _, err := into.Write(f.text); err != nil {
			return err
		}
	}
	return archive.Close()
}

func writeTar(w io.Writer, files []bundled) error {
	packed := gzip.NewWriter(w)
	archive := tar.NewWriter(packed)
	for _, f := range files {
		if err := archive.WriteHeader(&tar.Header{Name: bundleFolder + f.name, Mode: 0o644, Size: int64(len(f.text)), ModTime: time.Now()}); err != nil {
			return err
		}
		if _, err := archive.Write(f.text); err != nil {
			return err
		}
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return packed.Close()
}
