// The certified OpenID provider `oidc-provider` with invented accounts under the national portal's claim names, on a free
// port of this machine. Arguments: `claims-in-id-token` puts claims into ID tokens, where they otherwise come from userinfo;
// `secret-in-form` lets clients authenticate in the form only; `alg=ES256` signs with another key.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const asked = process.argv.slice(2);
const alg = asked.find((word) => word.startsWith("alg="))?.slice(4) ?? "RS256";
const client_auth = asked.includes("secret-in-form") ? "client_secret_post" : "client_secret_basic";

// With the test that started this, it ends, also if that is killed.
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(0), 500);

const citizen = (number, name, more = {}) => ({
  LoaiTaiKhoan: "1",
  SoDinhDanh: number,
  HoVaTen: name,
  NgayThangNamSinh: "19900501",
  TechID: `tech-${number}`,
  loAs: 2,
  // What nobody here needs, and what must be nowhere afterwards.
  ThuDienTu: "CANARY-MAIL@example.org",
  SoDienThoai: "CANARY-PHONE",
  ThuongTru: { ward: "CANARY-HOME" },
  ...more,
});

const accounts = {
  an: citizen("031090000001", "NGUYỄN VĂN AN"),
  binh: citizen("031190000002", "Trần Thị Bình"),
  low: citizen("031090000008", "Đỗ Văn Thấp", { loAs: 1 }),
  firm: citizen("031090000009", "Công ty Ví Dụ", { LoaiTaiKhoan: "2" }),
};

const key = alg === "ES256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("rsa", { modulusLength: 2048 });

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "hoso office:1",
        client_secret: "a secret & more +%",
        application_type: "native",
        redirect_uris: ["hoso://signed-in"],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        token_endpoint_auth_method: client_auth,
        id_token_signed_response_alg: alg,
      },
    ],
    clientAuthMethods: [client_auth],
    jwks: { keys: [{ ...key.privateKey.export({ format: "jwk" }), use: "sig", alg, kid: "of-the-day" }] },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    claims: { openid: ["sub", ...Object.keys(accounts.an)] },
    conformIdTokenClaims: !asked.includes("claims-in-id-token"),
    pkce: { required: () => true },
    async findAccount(_, login) {
      const claims = accounts[login];
      return claims && { accountId: login, claims: async () => ({ sub: login, ...claims }) };
    },
  });
  server.on("request", provider.callback());
  console.log(`provider at ${issuer}`);
});
