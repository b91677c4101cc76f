import assert from "node:assert/strict";
import type { Output } from "../../../src/api/operation.ts";
import type { Steps, Walk } from "./step.ts";

/** Unique on each server, of which each walk has one. */
const DOMAIN = "walk";
const CSS = ".logo-customizable { max-width: 60%; }";
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
/** Text, as the AWS CLI takes no other bytes within a list. */
const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>').toString("base64");
const LOGO = { Category: "FORM_LOGO", ColorMode: "LIGHT", Extension: "SVG" } as const;
const SETTINGS = { categories: { global: { colorSchemeMode: "DARK" } } };
const LINKS = { "cognito:default": "https://example.com/terms" };

const place = ({ UserPoolId, ClientId }: Walk) => ({ UserPoolId, ClientId });
const domainOf = async ({ api }: Walk) =>
  (await api("DescribeUserPoolDomain", { Domain: DOMAIN })).DomainDescription;
const style = (walk: Walk) => ({
  UserPoolId: walk.UserPoolId,
  ManagedLoginBrandingId: walk.kept("style"),
});
const styleOf = async (walk: Walk) =>
  (await walk.api("DescribeManagedLoginBranding", style(walk))).ManagedLoginBranding;
const terms = (walk: Walk) => ({ UserPoolId: walk.UserPoolId, TermsId: walk.kept("terms") });
const termsOf = async (walk: Walk) => (await walk.api("DescribeTerms", terms(walk))).Terms;

function isTheStyle(walk: Walk, { ManagedLoginBranding }: Output<"DescribeManagedLoginBranding">): void {
  assert.equal(ManagedLoginBranding?.ManagedLoginBrandingId, walk.kept("style"));
  assert.deepEqual(ManagedLoginBranding?.Settings, SETTINGS);
  assert.deepEqual(
    ManagedLoginBranding?.Assets?.map(({ Category, Extension }) => [Category, Extension]),
    [["FORM_LOGO", "SVG"]],
  );
}

export const pageSteps = {
  CreateUserPoolDomain: {
    exercised: "a prefix domain",
    input: ({ UserPoolId }) => ({ UserPoolId, Domain: DOMAIN }),
    check: async (walk) => assert.equal((await domainOf(walk))?.UserPoolId, walk.UserPoolId),
  },
  DescribeUserPoolDomain: {
    exercised: "the domain and its pool",
    input: () => ({ Domain: DOMAIN }),
    check: ({ UserPoolId }, { DomainDescription }) =>
      assert.partialDeepStrictEqual(DomainDescription, { UserPoolId, Status: "ACTIVE" }),
  },
  UpdateUserPoolDomain: {
    exercised: "pages of managed login",
    input: ({ UserPoolId }) => ({ UserPoolId, Domain: DOMAIN, ManagedLoginVersion: 2 }),
    check: async (walk) => assert.equal((await domainOf(walk))?.ManagedLoginVersion, 2),
  },
  SetUICustomization: {
    exercised: "style sheet and logo of all clients",
    input: ({ UserPoolId }) => ({ UserPoolId, CSS, ImageFile: PNG }),
    async check({ api, UserPoolId }) {
      const { UICustomization } = await api("GetUICustomization", { UserPoolId });
      const logo = await fetch(UICustomization?.ImageUrl ?? "");
      assert.equal(Buffer.from(await logo.arrayBuffer()).toString("base64"), PNG);
    },
  },
  GetUICustomization: {
    exercised: "the style that a client has from all",
    input: place,
    check: (_, { UICustomization }) =>
      assert.partialDeepStrictEqual(UICustomization, { ClientId: "ALL", CSS }),
  },
  CreateManagedLoginBranding: {
    exercised: "a client's style with settings and a logo",
    input: (walk) => ({ ...place(walk), Settings: SETTINGS, Assets: [{ ...LOGO, Bytes: SVG }] }),
    async check(walk, { ManagedLoginBranding }) {
      walk.keep("style", ManagedLoginBranding?.ManagedLoginBrandingId);
      assert.equal((await styleOf(walk))?.Assets?.[0]?.Bytes, SVG);
    },
  },
  DescribeManagedLoginBranding: {
    exercised: "the style by its id",
    input: style,
    check: isTheStyle,
  },
  DescribeManagedLoginBrandingByClient: {
    exercised: "the style by its client",
    input: place,
    check: isTheStyle,
  },
  UpdateManagedLoginBranding: {
    exercised: "a setting changed, the logo kept",
    input: (walk) => ({ ...style(walk), Settings: { categories: { global: { colorSchemeMode: "LIGHT" } } } }),
    async check(walk) {
      const changed = await styleOf(walk);
      assert.partialDeepStrictEqual(changed?.Settings, {
        categories: { global: { colorSchemeMode: "LIGHT" } },
      });
      assert.equal(changed?.Assets?.[0]?.Bytes, SVG);
    },
  },
  DeleteManagedLoginBranding: {
    exercised: "the style gone",
    input: style,
    check: (walk) => assert.rejects(styleOf(walk), /does not exist/),
  },
  CreateTerms: {
    exercised: "a client's terms of use",
    input: (walk) => ({
      ...place(walk),
      TermsName: "terms-of-use",
      TermsSource: "LINK",
      Enforcement: "NONE",
      Links: LINKS,
    }),
    async check(walk, { Terms }) {
      walk.keep("terms", Terms?.TermsId);
      assert.deepEqual((await termsOf(walk))?.Links, LINKS);
    },
  },
  DescribeTerms: {
    exercised: "the terms by their id",
    input: terms,
    check: (walk, { Terms }) =>
      assert.partialDeepStrictEqual(Terms, { ...terms(walk), ClientId: walk.ClientId, Links: LINKS }),
  },
  DescribeTermsByClient: {
    exercised: "the terms by client and name",
    input: (walk) => ({ ...place(walk), TermsName: "terms-of-use" }),
    check: (walk, { Terms }) => assert.partialDeepStrictEqual(Terms, { ...terms(walk), Links: LINKS }),
  },
  ListTerms: {
    exercised: "the terms of a pool",
    input: ({ UserPoolId }) => ({ UserPoolId }),
    check: (walk, { Terms }) =>
      assert.deepEqual(
        Terms.map(({ TermsId, TermsName }) => [TermsId, TermsName]),
        [[walk.kept("terms"), "terms-of-use"]],
      ),
  },
  UpdateTerms: {
    exercised: "another link",
    input: (walk) => ({ ...terms(walk), Links: { "cognito:default": "https://example.com/new" } }),
    check: async (walk) =>
      assert.deepEqual((await termsOf(walk))?.Links, { "cognito:default": "https://example.com/new" }),
  },
  DeleteTerms: {
    exercised: "the terms gone",
    input: terms,
    check: (walk) => assert.rejects(termsOf(walk), /do not exist/),
  },
} as const satisfies Partial<Steps>;
