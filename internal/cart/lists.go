package cart

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"tldsweep/extensions"
	"tldsweep/internal/api"
)

// Sold is OVHcloud's list of extensions, in its order, and from says whose list it is. It is never empty without an error.
// The subsidiary ("FR", case-sensitive; empty leaves it to OVHcloud, which takes FR) is checked, but by the description
// counts only in an order by trends, which is not asked for: what is sold there is told by the catalogue, see
// extensions.Market.
//
// Credentials that are made for carts only may lack the right to the list: then, and without any, OVHcloud's older
// public list is asked, and where that is gone too, the shipped one has to do. That is no error, but the caller should
// say so.
//
// Routes: GET /domain/extensions, signed; GET /domain/data/extension, anonymous and deprecated. Source: OVHcloud API,
// domain.json. Costs up to two requests besides repetitions, changes nothing.
//
// Errors are ctx's and the api package's: a *api.StopError for credentials that are refused, a *api.WaitError where no
// answer, a *api.RowError where OVHcloud does not know the subsidiary. Safe for concurrent use.
func Sold(ctx context.Context, client *api.Client, subsidiary string) (list []string, from extensions.Source, err error) {
	if client.Signed() {
		list, err := ask(ctx, client, "/domain/extensions", "ovhSubsidiary", subsidiary, false)
		switch {
		case err == nil && len(list) > 0:
			return list, extensions.Current, nil
		case err != nil && (!isClosed(err) || hasStatus(err, http.StatusBadRequest)):
			// 400 is the subsidiary's: another list would only put off the same answer.
			return nil, extensions.BuiltIn, err
		}
	}
	list, err = ask(ctx, client, "/domain/data/extension", "country", subsidiary, true)
	switch {
	case err == nil && len(list) > 0:
		return list, extensions.Public, nil
	// A route that asks for credentials now is as good as gone. Its 400 is not the subsidiary's for sure: it used to
	// take countries.
	case err != nil && !isClosed(err) && !hasStatus(err, http.StatusUnauthorized):
		return nil, extensions.BuiltIn, err
	}
	return extensions.Shipped(), extensions.BuiltIn, nil
}

// Featured is what to look at first of what is sold: OVHcloud's highlighted extensions, most important first, or where
// there are none for these credentials, extensions.ShippedFeatured. It is empty only where none of either is sold.
//
// Route: GET /domain/extensions/highlighted, signed; nothing is asked without credentials. Source: OVHcloud API,
// domain.json. Costs a request besides repetitions, changes nothing.
//
// Errors are ctx's, *api.StopError for credentials that are refused, and *api.WaitError where there was no answer: another
// list then would silently be another question. Safe for concurrent use.
func Featured(ctx context.Context, client *api.Client, subsidiary string, sold []string) ([]string, error) {
	if client.Signed() {
		list, err := ask(ctx, client, "/domain/extensions/highlighted", "ovhSubsidiary", subsidiary, false)
		if err != nil && !isClosed(err) {
			return nil, err
		}
		if list = extensions.OnlySold(list, sold); len(list) > 0 {
			return list, nil
		}
	}
	return extensions.ShippedFeatured(subsidiary, sold), nil
}

// ask gets one of OVHcloud's lists.
func ask(ctx context.Context, client *api.Client, path, parameter, subsidiary string, anonymous bool) ([]string, error) {
	if subsidiary != "" {
		path += "?" + parameter + "=" + url.QueryEscape(subsidiary)
	}
	var list []string
	if _, err := client.Do(ctx, api.Call{Method: http.MethodGet, Path: path, Into: &list, Anonymous: anonymous}); err != nil {
		return nil, err
	}
	return extensions.Normalise(list), nil
}

// isClosed says whether the route is not for us though all else is well: it is gone, or the key lacks the right to it.
func isClosed(err error) bool {
	if stop, ok := errors.AsType[*api.StopError](err); ok {
		return stop.Right
	}
	row, ok := errors.AsType[*api.RowError](err)
	return ok && row.Kind == api.Refused
}

func hasStatus(err error, status int) bool {
	if stop, ok := errors.AsType[*api.StopError](err); ok {
		return stop.Status == status
	}
	row, ok := errors.AsType[*api.RowError](err)
	return ok && row.Status == status
}

// ReadCatalogue asks for the catalogue of a subsidiary.
//
// Route: GET /order/catalog/public/domain?ovhSubsidiary=, anonymous. Costs one request and some 30 MB, which are read as
// they come and not kept. Source: OVHcloud API, order.json. Errors are the api package's.
func ReadCatalogue(ctx context.Context, client *api.Client, subsidiary string) (*extensions.Catalogue, error) {
	var catalogue *extensions.Catalogue
	_, err := client.Do(ctx, api.Call{
		Method: http.MethodGet, Path: "/order/catalog/public/domain?ovhSubsidiary=" + url.QueryEscape(subsidiary), Anonymous: true,
		Stream: func(r io.Reader) (err error) {
			catalogue, err = extensions.DecodeCatalogue(r)
			return err
		},
	})
	if err != nil {
		return nil, fmt.Errorf("the catalogue: %w", err)
	}
	catalogue.Subsidiary, catalogue.ReadAt = subsidiary, time.Now()
	return catalogue, nil
}
